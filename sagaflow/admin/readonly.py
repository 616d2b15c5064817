"""Pages of recorded data, which no user can add, change or delete, not even a superuser."""

import logging
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_safe

from sagaflow import access
from sagaflow.access import RunScope
from sagaflow.admin.export import FORMATS, Columns, streamed
from sagaflow.admin.filters import matching
from sagaflow.admin.formats import EMPTY, Link
from sagaflow.admin.masking import Masking
from sagaflow.admin.paging import MOST, BoundedPaginator, dates
from sagaflow.admin.robust import RobustAdmin
from sagaflow.core.words.long_values import json_text

__all__ = ["ReadOnly"]

log = logging.getLogger(__name__)
PARTS_OF_DATE = ("year", "month", "day", "gte", "lt")


class ReadOnly(RobustAdmin):
    """A page for reading. Each object has the ``masking`` of its viewer, which hides sensitive fields."""

    actions = None
    empty_value_display = EMPTY
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = BoundedPaginator
    list_filter: ClassVar[tuple[type[admin.SimpleListFilter], ...]] = ()
    fields: ClassVar[Any] = None
    fieldsets: ClassVar[Any] = None
    """As `fields`: Django also takes functions, which its stubs do not know."""
    linked: ClassVar[tuple[str, ...]] = ()
    """Lookups that links of other pages use. Other lookups are refused: an answer could reveal a masked value."""
    search_fields: ClassVar[tuple[str, ...]] = ()
    """Lookups such as ``code__icontains``."""
    run_column: ClassVar[str | None] = None
    """The column with the ID of the run, if the search includes it."""
    columns: ClassVar[Columns] = {}
    """The columns of the export."""
    long: ClassVar[tuple[str, ...]] = ()
    """The columns whose values a page may cut. Each full value has an address."""

    def get_queryset(self, request: HttpRequest) -> Any:
        return self.within(super().get_queryset(request), access.visible_runs(request.user))

    def within(self, rows: Any, scope: RunScope) -> Any:
        """Return the rows that a user with this scope may see, for lists, searches, exports and pages."""
        raise NotImplementedError

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            row.masking = Masking(request.user)
        return row

    def has_add_permission(self, *_: Any) -> bool:
        return False

    def has_change_permission(self, *_: Any) -> bool:
        return False

    def has_delete_permission(self, *_: Any) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:  # noqa: ARG002
        filters = {filter_class.parameter_name for filter_class in self.list_filter}
        of_dates = {f"{self.date_hierarchy}__{part}" for part in PARTS_OF_DATE} if self.date_hierarchy else set()
        return lookup in filters | of_dates | set(self.linked)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:  # noqa: ARG002
        rows = matching(queryset, search_term, run=self.run_column, lookups=self.search_fields, also=self.also_matching)
        return rows, False

    def also_matching(self, word: str) -> list[Q]:  # noqa: ARG002 - for subclasses
        """Return further conditions for a word of the search."""
        return []

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        export = self.admin_site.admin_view(self.export_view)
        whole = require_safe(self.admin_site.admin_view(self.whole_view))
        route = path("<path:object_id>/all/<str:column>/", whole, name=f"{self.opts.db_table}_whole")
        wholes = [route] if self.long else []
        return [path("export/<str:form>/", export, name=name), *wholes, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        name = str(self.opts.verbose_name_plural)
        title = {"title": name[:1].upper() + name[1:]}
        response = super().changelist_view(request, title | (extra_context or {}))
        context = getattr(response, "context_data", None) or {}
        if changelist := context.get("cl"):
            if not changelist.query and not changelist.has_active_filters:
                changelist.full_result_count = changelist.result_count
            query = request.GET.urlencode()
            addresses = {form: reverse(f"admin:{self.opts.db_table}_export", args=[form]) for form in FORMATS}
            context |= {
                "dates": dates(changelist),
                "narrowed": name if any(lookup in request.GET for lookup in self.linked) else "",
                "exports": {form: f"{address}?{query}" for form, address in addresses.items()} if self.columns else {},
                "most": MOST if changelist.result_count >= MOST else 0,
            }
        return response

    def export_view(self, request: HttpRequest, form: str) -> HttpResponseBase:
        """Return the rows of the list as a download, without the limit of the list."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if form not in FORMATS or not self.columns:
            raise Http404(f"The format {form[:20]!r} does not exist; use {' or '.join(FORMATS)}.")
        try:
            rows = self.get_changelist_instance(request).get_queryset(request)
        except admin.options.IncorrectLookupParameters:
            return HttpResponseRedirect(f"{reverse(f'admin:{self.opts.db_table}_changelist')}?e=1")
        log.info(
            "%s exported %s as %s, %r.", request.user, self.opts.verbose_name_plural, form, request.GET.urlencode()
        )
        return streamed(request, rows, self.columns, form, str(self.opts.model_name))

    def whole_view(self, request: HttpRequest, object_id: str, column: str) -> HttpResponse:
        """Return one full value, which the page may have cut, masked as in an export."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = self.get_object(request, unquote(object_id)) if column in self.long else None
        if row is None:
            raise Http404("This value does not exist. The page of a row links to the values that it cuts.")
        value = self.columns[column](row, row.masking)
        return HttpResponse(
            json_text(value),
            content_type="application/json",
            headers={"X-Content-Type-Options": "nosniff"},
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        more: dict[str, Any] = {}
        if row is not None and self.has_view_permission(request, row):
            more = {"tools": [link for link in self.links(row) if link], **self.story(row)}
        return super().change_view(request, object_id, form_url, more | (extra_context or {}))

    def links(self, row: Any) -> list[Link | None]:  # noqa: ARG002 - for subclasses
        """Return links to other pages about the row."""
        return []

    def story(self, row: Any) -> dict[str, Any]:  # noqa: ARG002 - for subclasses
        """Return the parts of the page above the fields: ``seal``, ``picture``, ``headline``, ``steps``."""
        return {}
