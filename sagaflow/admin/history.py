"""The pages of journal entries and operator actions."""

import json
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import F, OuterRef, Subquery
from django.utils.html import format_html
from django.utils.safestring import SafeString

from sagaflow.access import RunScope
from sagaflow.admin import seal
from sagaflow.admin.export import stored
from sagaflow.admin.filters import choice, sagas
from sagaflow.admin.formats import EMPTY, Link, at, badge, code, list_of, live, pretty, row_of, run_link
from sagaflow.admin.readonly import ReadOnly
from sagaflow.core.run.journal import KINDS, read_fact
from sagaflow.core.words.sentences import sentence
from sagaflow.engine import VERBS
from sagaflow.models import JournalEntry, OperatorAct
from sagaflow.store.errors import UNREADABLE

__all__ = ["JournalEntryAdmin", "OfRun", "OperatorActAdmin"]


class OfRun(ReadOnly):
    """The base of pages whose rows belong to a run."""

    list_select_related = ("run",)
    search_help_text = "Beginning of the ID of a run"
    run_column = "run_id"
    linked: ClassVar[tuple[str, ...]] = ("run__id__exact",)

    def get_queryset(self, request: Any) -> Any:
        """Leave out the large columns of the run, which these pages do not show."""
        large = ("run__snapshot", "run__search", "run__teams")
        return super().get_queryset(request).select_related("run").defer(*large)

    def within(self, rows: Any, scope: RunScope) -> Any:
        return rows.filter(scope.condition("run__"))

    def links(self, row: Any) -> list[Link | None]:
        own = {"run__id__exact": row.run_id}
        return [
            live(row.run_id),
            (row_of("run", row.run_id), "Run"),
            (list_of("journalentry", **own), "Journal"),
            (list_of("rollbackrecord", **own), "Rollback records"),
            (list_of("operatoract", **own), "Operator actions"),
        ]

    @admin.display(description="run")
    def page(self, row: Any) -> SafeString:
        return run_link(row.run_id, row.run.saga)


@admin.register(JournalEntry)
class JournalEntryAdmin(OfRun):
    list_display = ("entry", "page", at("at"), "summary", "cause_shown", "sealed")
    list_filter = (choice("kind", sorted(KINDS)), choice("saga", sagas, column="run__saga"))
    search_fields = ("kind__iexact",)
    search_help_text = "Beginning of the ID of a run, or a kind of entry"
    sortable_by = ()
    date_hierarchy = "at"
    ordering = ("-id",)
    fields: ClassVar[Any] = (
        "page",
        "seq",
        at("at"),
        "cause_page",
        "kind",
        "what",
        "content",
        "own_hash",
        "before_hash",
    )
    long = ("data",)
    columns = {
        **stored(run="run_id", saga="run.saga"),
        **stored("seq", "at", "clock", "cause", "kind"),
        "data": lambda row, masking: masking.document(row.data, row.run.definition_id),
        "hash": lambda row, masking: masking.proof(row.hash, row.run.definition_id),
    }

    def get_queryset(self, request: Any) -> Any:
        """Add the hash of the previous entry as ``before``."""
        before = JournalEntry.objects.filter(run=OuterRef("run"), seq=OuterRef("seq") - 1)
        return super().get_queryset(request).annotate(before=Subquery(before.order_by().values("hash")[:1]))

    def story(self, row: Any) -> dict[str, Any]:
        return {"seal": seal.of_entry(row)}

    @admin.display(description="entry", ordering=F("pk"))
    def entry(self, row: JournalEntry) -> SafeString:
        return format_html("<strong>{}</strong>", row.seq)

    @admin.display(description="what")
    def what(self, row: JournalEntry) -> str:
        """Return the entry as a sentence, or a dash if the row cannot be read."""
        try:
            return sentence(read_fact(row.kind, json.loads(row.data)))
        except UNREADABLE:
            return EMPTY

    @admin.display(description="what")
    def summary(self, row: JournalEntry) -> SafeString:
        return format_html('{}<span class="sf-quiet-text">{}</span>', self.what(row), row.kind)

    @admin.display(description="cause")
    def cause_shown(self, row: JournalEntry) -> str:
        return str(row.cause) if row.cause else "outside"

    @admin.display(description="cause")
    def cause_page(self, row: JournalEntry) -> Any:
        causes = JournalEntry.objects.filter(run_id=row.run_id, seq=row.cause).values_list("pk", flat=True)
        if not row.cause or not (pk := causes.first()):
            return self.cause_shown(row)
        return format_html('<a href="{}">entry {}</a>', row_of("journalentry", pk), row.cause)

    @admin.display(description="seal")
    def sealed(self, row: Any) -> SafeString:
        return seal.mark(whole=seal.continues(row))

    @admin.display(description="data")
    def content(self, row: Any) -> SafeString:
        return pretty(row.masking.document(row.data, row.run.definition_id), row, "data")

    @admin.display(description="hash")
    def own_hash(self, row: Any) -> SafeString:
        return code(row.masking.proof(row.hash, row.run.definition_id))

    @admin.display(description="hash of the previous entry")
    def before_hash(self, row: Any) -> SafeString:
        return code(row.masking.proof(row.before, row.run.definition_id)) if row.before else EMPTY


@admin.register(OperatorAct)
class OperatorActAdmin(OfRun):
    list_display = ("id", at("at"), "page", "verb", "step", "by", "reason", "result")
    list_filter = (
        choice("verb", VERBS),
        choice("outcome", ("done", "refused")),
        choice("saga", sagas, column="run__saga"),
    )
    search_fields = ("by__icontains", "step__icontains", "reason__icontains")
    search_help_text = "Beginning of the ID of a run, operator, step, or words of the reason"
    sortable_by = ("at",)
    date_hierarchy = "at"
    fields: ClassVar[Any] = ("page", "verb", "step", "by", "reason", "result", "what", at("at"))
    long = ("detail",)
    columns = {
        **stored(id="pk", run="run_id", saga="run.saga"),
        **stored("at", "verb", "step", "by", "reason", "outcome"),
        "detail": lambda row, masking: masking.detail(row),
    }

    def story(self, row: Any) -> dict[str, Any]:
        return {"seal": seal.of_act(row)}

    @admin.display(description="outcome")
    def result(self, row: OperatorAct) -> SafeString:
        return badge(row.outcome)

    @admin.display(description="detail")
    def what(self, row: Any) -> SafeString:
        """Return the detail. For an edited input it is the input as JSON."""
        return pretty(row.masking.detail(row), row, "detail")
