"""The page of runs."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from sagaflow.access import RunScope
from sagaflow.admin import picture, seal
from sagaflow.admin.export import stored
from sagaflow.admin.filters import choice, sagas
from sagaflow.admin.formats import EMPTY, Link, at, badge, code, list_of, live, pretty, row_of, run_link, span
from sagaflow.admin.readonly import ReadOnly
from sagaflow.admin.report import report
from sagaflow.core.run.attention import Attention
from sagaflow.core.run.state import RunStatus
from sagaflow.models import Run, SearchValue
from sagaflow.store import search_values

__all__ = ["RunAdmin"]

STORED = ("saga", "key", "definition_id", "status", "attention", "created_at", "updated_at", "ended_at", "deadline")
RELATIONS = ("by", "parent_id", "parent_step", "origin_id", "number", "seq")


@admin.register(Run)
class RunAdmin(ReadOnly):
    list_display = (
        "short",
        "saga",
        "version",
        "state_badge",
        "attention_badge",
        at("created_at"),
        "took",
        "by",
        "page",
    )
    list_filter = (choice("status", list(RunStatus)), choice("attention", list(Attention)), choice("saga", sagas))
    list_select_related = ("definition",)
    sortable_by = ("created_at",)
    search_fields = ("saga__iexact", "key__exact", "by__iexact")
    search_help_text = "Beginning of an ID, saga, key, user who started it, NAME=VALUE, or start of any search value"
    run_column = "pk"
    linked = ("definition__digest__exact", "parent__id__exact", "origin__id__exact")
    date_hierarchy = "created_at"
    fieldsets = (
        (None, {"fields": ("id", "saga", "key", "pinned", "state_badge", "attention_badge", "refusal", "attributes")}),
        (
            "Times",
            {
                "fields": (
                    at("created_at"),
                    "by",
                    at("updated_at"),
                    at("wake_at"),
                    at("starts_at"),
                    at("deadline"),
                    at("ended_at"),
                    "took",
                )
            },
        ),
        ("Relations", {"fields": ("parent_page", "parent_step", "origin_page", "number", "owners")}),
        ("Journal", {"fields": ("seq", "head_shown")}),
        ("Snapshot", {"fields": ("snapshot_text",), "classes": ("collapse",)}),
    )
    long = ("search", "snapshot")
    columns = {
        **stored(id="pk"),
        **stored(*STORED, *RELATIONS),
        "search": lambda row, masking: masking.search(row.search, row.definition_id),
        "head": lambda row, masking: masking.proof(row.head, row.definition_id),
        "snapshot": lambda row, masking: masking.document(row.snapshot, row.definition_id),
    }

    def get_queryset(self, request: Any) -> Any:
        rows = super().get_queryset(request)
        listed = request.resolver_match is not None and request.resolver_match.url_name.endswith("changelist")
        return rows.defer("snapshot", "search", "teams", "definition__document") if listed else rows

    def within(self, rows: Any, scope: RunScope) -> Any:
        return rows.filter(scope.condition())

    def get_search_results(self, request: Any, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Find runs by words, or by the whole term as a search attribute. Sensitive attributes cannot be found."""
        rows, _ = super().get_search_results(request, queryset, search_term)
        term = search_term.strip()
        return (rows | queryset.filter(_by_attribute(term)) if term else rows), False

    def get_urls(self) -> list[URLPattern]:
        view = require_safe(self.admin_site.admin_view(self.report_view))
        return [path("<path:object_id>/report/", view, name="sagaflow_run_report"), *super().get_urls()]

    def report_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Return the printable audit report of a run."""
        return report(request, self, unquote(object_id))

    def links(self, row: Any) -> list[Link | None]:
        own = {"run__id__exact": row.pk}
        return [
            live(row.pk),
            (reverse("admin:sagaflow_run_report", args=[row.pk]), "Audit report"),
            (list_of("journalentry", **own), "Journal"),
            (list_of("rollbackrecord", **own), "Rollback records"),
            (list_of("operatoract", **own), "Operator actions"),
            (list_of("outboxmessage", **own), "Events"),
            (list_of("bulkrepairitem", **own), "Bulk repairs"),
            (list_of("run", parent__id__exact=row.pk), "Sub-sagas"),
            (list_of("run", origin__id__exact=row.origin_id or row.pk), "Retries"),
        ]

    def story(self, row: Any) -> dict[str, Any]:
        return {"seal": seal.of_run(row), "picture": picture.of_run(row)}

    @admin.display(description="run", ordering="pk")
    def short(self, row: Run) -> SafeString:
        return code(row.pk, 8)

    @admin.display(description="version")
    def version(self, row: Run) -> str:
        return f"v{row.definition.version}"

    @admin.display(description="definition")
    def pinned(self, row: Run) -> SafeString:
        return format_html('<a href="{}">{}</a>', row_of("definition", row.definition_id), row.definition)

    @admin.display(description="status")
    def state_badge(self, row: Run) -> SafeString:
        return badge(row.status)

    @admin.display(description="attention")
    def attention_badge(self, row: Run) -> SafeString:
        return badge(row.attention)

    @admin.display(description="took")
    def took(self, row: Run) -> str:
        return span((row.ended_at - row.created_at).total_seconds()) if row.ended_at else EMPTY

    @admin.display(description="live")
    def page(self, row: Run) -> SafeString:
        link = live(row.pk)
        return format_html('<a href="{}">{}</a>', *link) if link else EMPTY

    @admin.display(description="search attributes")
    def attributes(self, row: Any) -> SafeString:
        return pretty(row.masking.search(row.search, row.definition_id) or None, row, "search")

    @admin.display(description="teams")
    def owners(self, row: Run) -> str:
        return ", ".join(filter(None, row.teams.split(","))) or EMPTY

    @admin.display(description="part of")
    def parent_page(self, row: Run) -> SafeString:
        return run_link(row.parent_id)

    @admin.display(description="retry of")
    def origin_page(self, row: Run) -> SafeString:
        return run_link(row.origin_id)

    @admin.display(description="head")
    def head_shown(self, row: Any) -> SafeString:
        return code(row.masking.proof(row.head, row.definition_id))

    @admin.display(description="snapshot")
    def snapshot_text(self, row: Any) -> SafeString:
        return pretty(row.masking.document(row.snapshot, row.definition_id), row, "snapshot")


def _by_attribute(term: str) -> Q:
    """Return a condition for ``customer=C-9``, or for the start of the value of any attribute."""
    name, sign, value = term.partition("=")
    matches = (
        Q(name=search_values.name_of(name), value=search_values.exact(value)) if sign else search_values.begins(term)
    )
    return Q(pk__in=SearchValue.objects.filter(matches).values("run_id"))
