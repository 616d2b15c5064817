"""The page of rollback records: the reason of a rollback, and the outcome of each step."""

import json
import re
import textwrap
from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q
from django.utils.html import format_html
from django.utils.safestring import SafeString

from sagaflow.admin import picture, seal
from sagaflow.admin.export import stored
from sagaflow.admin.filters import choice, sagas
from sagaflow.admin.formats import at, badge, code, pretty, span, time, with_runs
from sagaflow.admin.history import OfRun
from sagaflow.admin.masking import Masking
from sagaflow.core.codec import decode
from sagaflow.core.run.record import reason_of
from sagaflow.core.run.state import STEP_FAILED, ErrorKind, RollbackCode, StepError
from sagaflow.core.words.sentences import had_failed
from sagaflow.core.words.steering import visible
from sagaflow.models import RollbackRecord

__all__ = ["RollbackRecordAdmin", "headline", "numbered", "outcome_of"]

UNDONE = ("compensated", "semantically undone", "undone by hand")
"""The outcomes of steps that were undone."""
PLAIN = ("number", "outcome", "code", "failed_step", "kind", "by", "began_at", "ended_at")
CAUSES: dict[str, str] = {
    RollbackCode.BUSINESS_ERROR: "a business error",
    RollbackCode.TECHNICAL_ERROR: "a technical error that retries did not solve",
    RollbackCode.DEADLINE: "the deadline",
    RollbackCode.REQUESTED: "an operator requested it",
    RollbackCode.CANCELLED: "the run was cancelled",
    RollbackCode.PARENT: "its parent run rolled back",
}
TEXT = r'"([^"\\]|\\.)*"'
ERROR = rf'^\{{"began_at":[^,"]*,"by":{TEXT},"code":{TEXT},"ended_at":[^,"]*,"error":\{{"code":'
"""The start of the canonical JSON of a record, up to the code of its error. No payload comes before that code."""
DATA = (("input", "Input"), ("output", "Output"), ("undo_output", "Output of the compensation"))
ERRORS = (("error", "Error"), ("undo_error", "Error of the compensation"))


@admin.register(RollbackRecord)
class RollbackRecordAdmin(OfRun):
    list_display = ("short", at("ended_at", "ended or stuck"), "page", "result", "reason", "sealed")
    list_filter = (
        choice("outcome", ("rolled_back", "cancelled", "savepoint", "stuck", "widened")),
        choice("cause", sorted(CAUSES), column="code"),
        choice("kind", [kind.value for kind in ErrorKind], title="failure"),
        choice("saga", sagas, column="run__saga"),
    )
    search_fields = ("failed_step__icontains", "by__icontains")
    search_help_text = "Beginning of the ID of a run, code of the error, failed step, or operator"
    sortable_by = ("ended_at",)
    date_hierarchy = "ended_at"
    fieldsets: ClassVar[Any] = (
        ("Record", {"fields": ("page", "number", "seq", at("began_at"), at("ended_at", "ended or stuck"), "digest")}),
        ("Record as JSON", {"fields": ("content",), "classes": ("collapse",)}),
    )
    long = ("record",)
    columns = {
        **stored(run="run_id", saga="run.saga"),
        **stored("seq", *PLAIN),
        "record": lambda row, masking: masking.document(row.record, row.run.definition_id),
        "hash": lambda row, masking: masking.proof(row.hash, row.run.definition_id),
    }

    def get_queryset(self, request: Any) -> Any:
        """Keep the search attributes of the runs, which tell their records apart."""
        return super().get_queryset(request).defer(None).defer("run__snapshot", "run__teams")

    def get_changelist_instance(self, request: Any) -> Any:
        changelist = super().get_changelist_instance(request)
        masking = Masking(request.user)
        for row in changelist.result_list:
            row.masking = masking
        return changelist

    def story(self, row: Any) -> dict[str, Any]:
        value = row.masking.document(row.record, row.run.definition_id)
        record = value if isinstance(value, dict) else {}
        return {
            "seal": seal.of_record(row),
            "picture": picture.of_record(row),
            "headline": headline(row, record),
            "steps": [_step(row, number, step) for number, step in numbered(record)],
        }

    def also_matching(self, word: str) -> list[Q]:
        code = json.dumps(word, ensure_ascii=False)  # quoted, so that the word ends where the code does
        return [Q(record__regex=f"{ERROR}{re.escape(code)}")]

    @admin.display(description="record")
    def short(self, row: Any) -> SafeString:
        """Return the number of the record, and the key and the search attributes of its run."""
        found = row.masking.search(row.run.search, row.run.definition_id)
        named = [f"{name} {value}" for name, value in found.items()] if isinstance(found, dict) else [found]
        words = visible(textwrap.shorten(", ".join(filter(None, (row.run.key, *named))), 100, placeholder="…"))
        return format_html('Rollback {}<span class="sf-quiet-text">{}</span>', row.number, words)

    @admin.display(description="outcome")
    def result(self, row: RollbackRecord) -> SafeString:
        return format_html("{}<br>{}", badge(row.outcome), badge(row.kind)) if row.kind else badge(row.outcome)

    @admin.display(description="reason")
    def reason(self, row: RollbackRecord) -> SafeString:
        """Return the error that caused the rollback, whose text is not a payload, and the failed step."""
        record = _read(row)
        error = record.get("error") or {}
        failed = had_failed(row.code, row.failed_step, decode(StepError, error) if error else None)
        cause = row.code if failed else error.get("code") or row.code
        words = ": ".join(filter(None, (cause, record.get("message") or error.get("message"))))
        place = f"at {row.failed_step}" if row.failed_step and not failed else CAUSES.get(row.code, row.code)
        place += f"; {failed}" if failed else ""
        place += f", started by {row.by}" if row.by else ""
        return format_html(
            '<div class="sf-wide">{}<span class="sf-quiet-text">{}</span></div>',
            textwrap.shorten(words, 120, placeholder="…"),
            place,
        )

    @admin.display(description="seal")
    def sealed(self, row: RollbackRecord) -> SafeString:
        return seal.mark(whole=seal.is_whole(row))

    @admin.display(description="hash")
    def digest(self, row: Any) -> SafeString:
        return code(row.masking.proof(row.hash, row.run.definition_id))

    @admin.display(description="record")
    def content(self, row: Any) -> SafeString:
        return pretty(row.masking.document(row.record, row.run.definition_id), row, "record")


def _read(row: RollbackRecord) -> dict[str, Any]:
    """Return the record, or an empty one if it was changed so that it cannot be read."""
    try:
        record = json.loads(row.record)
    except ValueError:
        return {}
    return record if isinstance(record, dict) else {}


def headline(row: RollbackRecord, record: dict[str, Any]) -> dict[str, Any]:
    """Return why and when the run rolled back, for a page."""
    by_failure = row.code in STEP_FAILED
    return {
        "outcome": badge(row.outcome),
        "code": ((record.get("error") or {}).get("code") if by_failure else "") or row.code,
        "by_failure": by_failure,
        "cause": CAUSES.get(row.code, row.code),
        "message": with_runs(record.get("message", "")),
        "failed_step": row.failed_step,
        "failure": badge(row.kind) if row.kind else "",
        "by": row.by,
        "savepoint": record.get("savepoint"),
        "followed_by": record.get("followed_by"),
        "summary": record.get("summary", ""),
        "began": time(row.began_at),
        "over": "Stuck since" if row.outcome == "stuck" else "Ended",
        "ended": time(row.ended_at),
        "took": span((row.ended_at - row.began_at).total_seconds()),
        "error": pretty(record["error"], row, "record") if record.get("error") else "",
    }


def numbered(record: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the steps of a record with their numbers. Only those that were undone have one: they count from 1."""
    number = 0
    for step in record.get("steps", []):
        was_undone = step.get("outcome") in UNDONE
        number += was_undone
        yield str(number) if was_undone else "", step


def _step(row: RollbackRecord, number: str, step: dict[str, Any]) -> dict[str, Any]:
    data = [(title, pretty(step[name], row, "record")) for name, title in _data(step) if step.get(name) is not None]
    return outcome_of(number, step) | {"data": data}


def outcome_of(number: str, step: dict[str, Any]) -> dict[str, Any]:
    """Return the outcome of one step of a record, for a page, without its data."""
    return {
        **{name: step.get(name) for name in ("step", "segment", "style", "service", "by")},
        "reason": with_runs(reason_of(step)),
        "number": number,
        "outcome": badge(step.get("outcome", "")),
        "attempts": step.get("attempts", 0),
        "undo_attempts": step.get("undo_attempts", 0),
        "done": _times(step.get("started_at"), step.get("ended_at")),
        "undone": _times(step.get("undo_started_at"), step.get("undo_ended_at")),
    }


def _data(step: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the names and titles of the data. Old records have the error of a stuck compensation as ``error``."""
    if "undo_error" not in step and step.get("outcome") == "stuck":
        return (*DATA, ("error", "Error of the compensation"))
    return DATA + ERRORS


def _times(began: float | None, ended: float | None) -> dict[str, Any] | None:
    if began is None and ended is None:
        return None
    took = span(ended - began) if began is not None and ended is not None else ""
    return {"at": time(ended if began is None else began), "took": took}
