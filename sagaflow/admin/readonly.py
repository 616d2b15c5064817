"""What is recorded is only shown: nobody adds, changes or deletes it here, not even a superuser."""

import logging
from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_safe

from sagaflow import access
from sagaflow.access import RunScope
from sagaflow.admin.export import FORMATS, Columns, streamed
from sagaflow.admin.filters import matching
from sagaflow.admin.formats import Link
from sagaflow.admin.masking import Sight
from sagaflow.admin.paging import MOST, BoundedPaginator, dates
from sagaflow.admin.robust import Asked
from sagaflow.core.words.long_values import json_text

__all__ = ["ReadOnly"]

log = logging.getLogger(__name__)
PARTS_OF_DATE = ("year", "month", "day", "gte", "lt")


class ReadOnly(Asked):
    """Pages to look at. Each object knows the ``sight`` of its viewer, which masks what is sensitive."""

    actions = None
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = BoundedPaginator
    linked: ClassVar[tuple[str, ...]] = ()
    """Look-ups that other pages lead here with. Nothing else may be asked: an answer tells what a mask hides."""
    search_fields: ClassVar[tuple[str, ...]] = ()
    """Look-ups, such as ``code__icontains``."""
    run_column: ClassVar[str | None] = None
    """Where the ID of the run stands, if the search finds it."""
    columns: ClassVar[Columns] = {}
    """What is exported."""
    long: ClassVar[tuple[str, ...]] = ()
    """The columns whose values a page may have to cut: each is to be had as a whole."""

    def get_queryset(self, request: HttpRequest) -> Any:
        return self.within(super().get_queryset(request), access.visible_runs(request.user))

    def within(self, rows: Any, scope: RunScope) -> Any:
        """Those that somebody with this scope may see. Lists, searches, exports and single pages all begin here."""
        raise NotImplementedError

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        found = super().get_object(request, object_id, from_field)
        if found is not None:
            found.sight = Sight.of(request.user)
        return found

    def has_add_permission(self, *_: Any) -> bool:
        return False

    def has_change_permission(self, *_: Any) -> bool:
        return False

    def has_delete_permission(self, *_: Any) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:  # noqa: ARG002
        filters = {each.parameter_name for each in self.list_filter}
        of_dates = {f"{self.date_hierarchy}__{part}" for part in PARTS_OF_DATE} if self.date_hierarchy else set()
        return lookup in filters | of_dates | set(self.linked)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:  # noqa: ARG002
        found = matching(
            queryset, search_term, run=self.run_column, lookups=self.search_fields, also=self.also_matching
        )
        return found, False

    def also_matching(self, word: str) -> list[Q]:  # noqa: ARG002 - for those that have some
        """What a word may also fit."""
        return []

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        export = self.admin_site.admin_view(self.export_view)
        whole = require_safe(self.admin_site.admin_view(self.whole_view))
        route = path("<path:object_id>/all/<str:column>/", whole, name=f"{self.opts.db_table}_whole")
        wholes = [route] if self.long else []
        return [path("export/<str:form>/", export, name=name), *wholes, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        title = {"title": self.opts.verbose_name_plural[:1].upper() + self.opts.verbose_name_plural[1:]}
        response = super().changelist_view(request, title | (extra_context or {}))
        if changelist := getattr(response, "context_data", None) and response.context_data.get("cl"):
            if not changelist.query and not changelist.has_active_filters:
                changelist.full_result_count = changelist.result_count
            query = request.GET.urlencode()
            addresses = {form: reverse(f"admin:{self.opts.db_table}_export", args=[form]) for form in FORMATS}
            response.context_data |= {
                "dates": dates(changelist),
                "exports": {form: f"{address}?{query}" for form, address in addresses.items()} if self.columns else {},
                "most": MOST if changelist.result_count >= MOST else 0,
            }
        return response

    def export_view(self, request: HttpRequest, form: str) -> HttpResponse:
        """What the list shows, as a download without the list's limit."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if form not in FORMATS or not self.columns:
            raise Http404(f"There is no export as {form[:20]!r}; use {' or '.join(FORMATS)}.")
        try:
            rows = self.get_changelist_instance(request).get_queryset(request)
        except admin.options.IncorrectLookupParameters:
            return HttpResponseRedirect(f"{reverse(f'admin:{self.opts.db_table}_changelist')}?e=1")
        log.info(
            "%s exported %s as %s, %r.", request.user, self.opts.verbose_name_plural, form, request.GET.urlencode()
        )
        return streamed(request, rows, self.columns, form, self.opts.model_name)

    def whole_view(self, request: HttpRequest, object_id: str, column: str) -> HttpResponse:
        """One value as an export has it: what its page cuts is here as a whole, and masked alike."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = self.get_object(request, admin.utils.unquote(object_id)) if column in self.long else None
        if row is None:
            raise Http404("There is no such value; its page links to those that it cuts.")
        value = self.columns[column](row, row.sight)
        return HttpResponse(
            json_text(value),
            content_type="application/json",
            headers={"X-Content-Type-Options": "nosniff"},
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, admin.utils.unquote(object_id))
        more: dict[str, Any] = {}
        if row is not None and self.has_view_permission(request, row):
            more = {"tools": [link for link in self.links(row) if link], **self.story(row)}
        return super().change_view(request, object_id, form_url, more | (extra_context or {}))

    def links(self, row: Any) -> list[Link | None]:  # noqa: ARG002 - for those that have some
        """Where else there is something about it."""
        return []

    def story(self, row: Any) -> dict[str, Any]:  # noqa: ARG002 - for those that tell one
        """What the page tells before the fields: ``seal``, ``picture``, ``headline``, ``steps``."""
        return {}
