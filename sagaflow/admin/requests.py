"""The page of requests for a second person: what one operator asked for, and what another one answered."""

import textwrap
from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString

from sagaflow.access import RunScope
from sagaflow.admin.export import stored
from sagaflow.admin.filters import choice
from sagaflow.admin.formats import EMPTY, Link, at, badge, code, pretty, row_of, run_link
from sagaflow.admin.masking import Masking
from sagaflow.admin.readonly import ReadOnly
from sagaflow.core.run.verbs import OPERATE_VERBS
from sagaflow.models import ActAnswer, ActRequest
from sagaflow.store import act_requests

__all__ = ["ActRequestAdmin"]

PLAIN = ("verb", "step", "by", "reason", "at")
ANSWER = ("outcome", "by", "note", "at")


def _value(row: Any, masking: Masking) -> Any:
    return masking.payload(row.value, row.run.definition_id if row.run else None) if row.value else None


def _answered(name: str) -> Callable[[Any, Masking], Any]:
    return lambda row, _: _of_answer(row, name)


def _of_answer(row: Any, name: str) -> Any:
    answer = getattr(row, "answer", None)
    return getattr(answer, name) if answer else ""


class Answered(admin.SimpleListFilter):
    """Filters requests by their answer."""

    title = "answer"
    parameter_name = "answer"

    def lookups(self, *_: Any) -> list[tuple[str, str]]:
        return [("open", "open"), *ActAnswer.Outcome.choices]

    def queryset(self, _: Any, rows: Any) -> Any:
        value = self.value()
        if value is None:
            return rows
        return rows.filter(answer__isnull=True) if value == "open" else rows.filter(answer__outcome=value)


@admin.register(ActRequest)
class ActRequestAdmin(ReadOnly):
    """An answer is shown with its request. The value of a request is masked as the value of the action itself."""

    list_display = ("short", at("at"), "about", "verb", "step", "by", "why", "answer_shown")
    list_filter = (choice("verb", OPERATE_VERBS), Answered)
    search_fields = ("by__icontains", "step__icontains", "reason__icontains", "answer__by__icontains")
    search_help_text = "Beginning of the ID of a request or of its run, operator, step, or words of the reason"
    run_column = "run_id"
    linked = ("run__id__exact",)
    sortable_by = ("at",)
    date_hierarchy = "at"
    fields = ("id", "about", "verb", "step", "content", "by", "reason", at("at"), "answer_shown", "answered", "note")
    long = ("value",)
    columns = {
        **stored(id="pk", run="run_id", repair="repair_id"),
        **stored(*PLAIN),
        "value": _value,
        **{f"answer_{name}": _answered(name) for name in ANSWER},
    }

    def get_queryset(self, request: Any) -> Any:
        large = ("run__snapshot", "run__search", "run__teams")
        return super().get_queryset(request).select_related("run", "answer").defer(*large)

    def within(self, rows: Any, scope: RunScope) -> Any:
        return act_requests.within(rows, scope)

    def links(self, row: Any) -> list[Link | None]:
        return [_page(row), row.run_id and (row_of("run", row.run_id), "Run")]

    @admin.display(description="request", ordering="pk")
    def short(self, row: Any) -> SafeString:
        return code(row.pk, 8)

    @admin.display(description="run or bulk repair")
    def about(self, row: Any) -> Any:
        if row.run_id:
            return run_link(row.run_id, row.run.saga)
        return code(row.repair_id, 8)

    @admin.display(description="reason")
    def why(self, row: Any) -> str:
        return textwrap.shorten(row.reason, 120, placeholder="…")

    @admin.display(description="answer")
    def answer_shown(self, row: Any) -> SafeString:
        return badge(_of_answer(row, "outcome") or "open")

    @admin.display(description="answered by")
    def answered(self, row: Any) -> str:
        return _of_answer(row, "by") or EMPTY

    @admin.display(description="note")
    def note(self, row: Any) -> str:
        return _of_answer(row, "note") or EMPTY

    @admin.display(description="value")
    def content(self, row: Any) -> SafeString:
        return pretty(_value(row, row.masking), row, "value") if row.value else EMPTY


def _page(row: Any) -> Link | None:
    """Return the link to the page of the request, or ``None`` if the pages are not installed."""
    try:
        return reverse("designer:request", args=[row.pk]), "Live page"
    except NoReverseMatch:
        return None
