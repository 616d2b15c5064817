"""The pages of bulk repairs: the verb, its operator, the selected runs, and the outcome of each run."""

import textwrap
from typing import Any, ClassVar

from django.contrib import admin
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from sagaflow import access
from sagaflow.access import RunScope
from sagaflow.admin.export import stored
from sagaflow.admin.filters import choice, sagas
from sagaflow.admin.formats import EMPTY, Link, at, badge, code, list_of, pretty, row_of
from sagaflow.admin.history import OfRun
from sagaflow.admin.readonly import ReadOnly
from sagaflow.engine import BULK_VERBS
from sagaflow.models import BulkRepair, BulkRepairItem
from sagaflow.store import bulk_repairs

__all__ = ["BulkRepairAdmin", "BulkRepairItemAdmin"]

PLAIN = ("verb", "step", "selection", "by", "reason", "created_at", "ended_at", "stopped_at", "stopped_by")
OF_ITEM = ("seq", "outcome", "detail", "at")


class Progress(admin.SimpleListFilter):
    """Filters bulk repairs by their progress."""

    title = "progress"
    parameter_name = "progress"

    def lookups(self, *_: Any) -> list[tuple[str, str]]:
        return [("open", "running"), ("over", "ended"), ("stopped", "stopped by an operator")]

    def queryset(self, _: Any, rows: Any) -> Any:
        match self.value():
            case "open":
                return rows.filter(ended_at__isnull=True)
            case "over":
                return rows.filter(ended_at__isnull=False)
            case "stopped":
                return rows.filter(stopped_at__isnull=False)
            case _:
                return rows


@admin.register(BulkRepair)
class BulkRepairAdmin(ReadOnly):
    """A repair can have runs of several definitions: without the permission, the whole substitute output is masked."""

    list_display = ("short", at("created_at", "ordered"), "verb", "step", "by", "why", "selection_cut", "progress")
    list_filter = (choice("verb", BULK_VERBS), Progress)
    search_fields = ("by__icontains", "step__icontains", "reason__icontains", "selection__icontains")
    search_help_text = "Beginning of an ID, operator, step, or words of the reason or of the selection"
    run_column = "pk"
    sortable_by = ("created_at",)
    date_hierarchy = "created_at"
    fields = (
        "id",
        "verb",
        "step",
        "content",
        "selection",
        "by",
        "reason",
        at("created_at", "ordered"),
        at("ended_at"),
        at("stopped_at"),
        "stopped_by",
        "progress",
        "results",
    )
    long = ("output",)
    columns = {
        **stored(id="pk"),
        **stored(*PLAIN),
        "output": lambda row, masking: masking.payload(row.output, None) if row.output else None,
    }

    def within(self, rows: Any, scope: RunScope) -> Any:
        # Its reason and its selection are about all of its runs, and a search would find by them.
        whole = bulk_repairs.touching(rows, scope)
        return whole.exclude(pk__in=bulk_repairs.hidden(BulkRepair.objects.all(), scope).values("pk"))

    def get_object(self, request: Any, object_id: str, from_field: str | None = None) -> Any:
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            row.counts = bulk_repairs.progress(row.pk, access.visible_runs(request.user))
        return row

    def links(self, row: Any) -> list[Link | None]:
        return [
            _page(row),
            (list_of("bulkrepairitem", repair__id__exact=row.pk), "Runs and results"),
            (list_of("operatoract", q=f"(bulk repair {str(row.pk)[:8]})"), "Operator actions"),
        ]

    @admin.display(description="bulk repair", ordering="pk")
    def short(self, row: BulkRepair) -> SafeString:
        return code(row.pk, 8)

    @admin.display(description="reason")
    def why(self, row: BulkRepair) -> str:
        return textwrap.shorten(row.reason, 120, placeholder="…")

    @admin.display(description="selection")
    def selection_cut(self, row: BulkRepair) -> str:
        return textwrap.shorten(row.selection, 120, placeholder="…")

    @admin.display(description="progress")
    def progress(self, row: BulkRepair) -> SafeString:
        if row.stopped_at is not None:
            return badge("stopped")
        return badge("running" if row.ended_at is None else "done")

    @admin.display(description="substitute output")
    def content(self, row: Any) -> SafeString:
        return pretty(row.masking.payload(row.output, None), row, "output") if row.output else EMPTY

    @admin.display(description="results")
    def results(self, row: Any) -> SafeString:
        """Return the number of runs for each outcome, with links to these runs."""
        counts = [
            (list_of("bulkrepairitem", repair__id__exact=row.pk, outcome=outcome), badge(outcome), count)
            for outcome, count in row.counts.items()
            if count
        ]
        return format_html_join(" ", '<a href="{}">{} {}</a>', counts) or EMPTY


@admin.register(BulkRepairItem)
class BulkRepairItemAdmin(OfRun):
    """The outcome of each run of a bulk repair. The repair itself has the dates."""

    list_display = ("id", "ordered", "page", "result", "detail", at("at"))
    list_filter = (choice("outcome", BulkRepairItem.Outcome.values), choice("saga", sagas, column="run__saga"))
    linked = ("repair__id__exact", "run__id__exact")
    search_fields = ("detail__icontains",)
    search_help_text = "Beginning of the ID of a run, or words of the detail"
    sortable_by = ()
    ordering = ("-id",)
    fields: ClassVar[Any] = ("ordered", "page", "seq", "result", "detail", at("at"))
    columns = {
        **stored(id="pk", repair="repair_id", run="run_id", saga="run.saga"),
        **stored(*OF_ITEM),
    }

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).select_related("run", "repair")

    def links(self, row: Any) -> list[Link | None]:
        return [(row_of("bulkrepair", row.repair_id), "Bulk repair"), _page(row.repair), *super().links(row)]

    @admin.display(description="bulk repair")
    def ordered(self, row: BulkRepairItem) -> SafeString:
        link, short = row_of("bulkrepair", row.repair_id), str(row.repair_id)[:8]
        words = f"{row.repair.verb.replace('_', ' ')} by {row.repair.by}"
        return format_html('<a href="{}"><code>{}</code></a><span class="sf-quiet-text">{}</span>', link, short, words)

    @admin.display(description="outcome")
    def result(self, row: BulkRepairItem) -> SafeString:
        return badge(row.outcome)


def _page(row: BulkRepair) -> Link | None:
    """Return the link to the live page of a repair, or ``None`` if the pages are not installed."""
    try:
        return reverse("designer:bulk", args=[row.pk]), "Live page"
    except NoReverseMatch:
        return None
