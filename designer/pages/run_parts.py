"""The parts of the page of a run. One template renders each part: for the whole page, and again after a change."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from designer.live.timeline import timeline_svg
from designer.live.view import step_panel
from designer.pages.actions import Look, offers_of, repair_panel
from designer.pages.drawing import picture
from designer.pages.run_case import Case
from designer.pages.run_window import MOST
from sagaflow import run_view
from sagaflow.core.definition import document
from sagaflow.core.definition.saga import Saga
from sagaflow.core.mask import masked
from sagaflow.core.run import preview, queries
from sagaflow.core.run.journal import Entry
from sagaflow.core.run.state import RunStatus, StepState
from sagaflow.core.words.sentences import sentence
from sagaflow.flowchart.compose import step_title
from sagaflow.flowchart.legend import EDGE_WORDS, NODE_WORDS, marks
from sagaflow.flowchart.outline import outline
from sagaflow.flowchart.paint import status_of
from sagaflow.flowchart.sequence import PUBLISHING, messages
from sagaflow.flowchart.sequence_svg import sequence_svg
from sagaflow.store.lists.run_line import RunLine
from sagaflow.store.runs import journal_queries, outbox

__all__ = ["PARTS", "part"]

EVENTS = ("EventPublished", "EventReceived", "SignalIgnored", "ReactionMissed")


def part(case: Case, name: str) -> SafeString:
    """Return one part as HTML."""
    context = {"case": case, "query": case.query, "window": case.window} | PARTS[name](case)
    return mark_safe(render_to_string(f"designer/run/{name}.html", context, case.request).strip())  # noqa: S308 - from a template


def _status(case: Case) -> dict[str, Any]:
    return {
        "run": run_view.summary(RunLine.of(case.row), case.saga, case.now, sensitive=case.sensitive)
        | {"status": case.state.status.value}
    }


def _trouble(case: Case) -> dict[str, Any]:
    state, under_way = case.state, case.view.rollback
    undone, left = (len(under_way[part]) for part in ("undone", "left")) if under_way else (0, 0)
    return {
        "run": run_view.head(case.row, case.saga, state, case.now, sensitive=case.sensitive),
        "progress": case.view.progress,
        "under_way": under_way,
        "undoing": {"done": undone, "total": undone + left},
        "troubles": [trouble | {"mark": _mark(case, trouble["step"])} for trouble in case.view.troubles],
        "ended": state.status.ended,
        "needs_person": state.status.needs_person,
        "undone": state.status in (RunStatus.ROLLED_BACK, RunStatus.CANCELLED),
        "outstanding": run_view.outstanding(case.saga, state),
    }


def _repair(case: Case) -> dict[str, Any]:
    look = Look(case.request.user, case.run_id, case.saga, case.state, case.now)
    return {
        "repair": repair_panel(look),
        "commands": run_view.acts(case.run_id, case.saga, case.state, case.now),
        "needs_person": case.state.status.needs_person,
    }


def _facts(case: Case) -> dict[str, Any]:
    state = case.state
    head = run_view.head(case.row, case.saga, state, case.now, sensitive=case.sensitive)
    took = None if state.ended_at is None else state.ended_at - state.started_at
    return {"run": head | {"created": case.row.created_at, "took": took}, "ended": state.status.ended}


def _picture(case: Case) -> dict[str, Any]:
    drawn = picture(case.saga, case.state, case.now, folded=case.folded, interactive=True, subscribers=case.subscribers)
    folds = [
        {"segment": each, "folded": each.name in case.folded, "address": case.address(fold=_toggled(case, each.name))}
        for each in case.saga.segments
    ]
    words = {"shapes": NODE_WORDS.values(), "edges": EDGE_WORDS.values()}
    return {"picture": drawn, "folds": folds, "marks": marks(), **words}


def _outline(case: Case) -> dict[str, Any]:
    return {"lines": outline(case.saga, case.state, case.now, subscribers=case.subscribers)}


def _steps(case: Case) -> dict[str, Any]:
    steps = [
        each
        | {
            "mark": _mark(case, each["step"]),
            "took": _took(case.state.steps[each["step"]]),
            "address": case.address(step=each["step"]),
        }
        for each in run_view.steps(case.saga, case.state, sensitive=case.sensitive)
    ]
    return {"steps": steps}


def _timeline(case: Case) -> dict[str, Any]:
    even = {"even": True, "time": False}.get(case.query.get("scale", ""))
    began, until = _span(case)
    svg = timeline_svg(case.saga, case.attempts, began=began, until=until, even=even)
    scales = {"even": case.address(scale="even"), "time": case.address(scale="time")}
    drawn = {"svg": mark_safe(svg), "even": 'data-scale="even"' in svg}  # noqa: S308 - built as a tree
    return drawn | {"scales": scales, "began": began}


def _rollback(case: Case) -> dict[str, Any]:
    if case.view.rollback:
        plan: list[Any] = case.view.rollback["left"]
    else:
        plan = [
            {
                "step": line.step,
                "title": step_title(case.saga.steps[line.step]),
                "kind": line.kind,
                "order": line.order,
                "action": line.action,
                "reason": line.reason,
                "in_progress": line.in_progress,
                "decides": line.decides,
            }
            for line in preview.plan(case.saga, case.state, case.now)
        ]
    return {
        "under_way": case.view.rollback,
        "plan": plan,
        **run_view.past(case.run_id, case.saga, sensitive=case.sensitive),
        "status": case.state.status.value,
        "ended": case.state.status.ended,
    }


def _acts(case: Case) -> dict[str, Any]:
    return {"acts": run_view.past(case.run_id, case.saga, sensitive=case.sensitive)["acts"]}


def _events(case: Case) -> dict[str, Any]:
    """Return the events, each with its cause and its effects, which may be anywhere in the journal."""
    shown = [entry for entry in case.entries if entry.kind in EVENTS]
    causes = {entry.cause for entry in shown if 0 < entry.cause <= case.window.after}
    later = journal_queries.caused_by(case.run_id, {entry.seq for entry in shown}, after=case.window.last)
    near = [*journal_queries.numbered(case.run_id, causes), *case.entries, *later]
    sentences = {entry.seq: sentence(entry.fact) for entry in near if entry.seq <= case.state.seq}
    effects: dict[int, list[int]] = {}
    for entry in near:
        effects.setdefault(entry.cause, []).append(entry.seq)
    return {
        "events": [
            _line(case, entry)
            | {
                "because": (entry.cause, sentences.get(entry.cause, "")) if entry.cause else None,
                "effects": [(seq, sentences[seq]) for seq in effects.get(entry.seq, []) if seq in sentences],
            }
            for entry in shown
        ],
        "observers": run_view.observers(case.run_id, case.saga),
    }


def _sequence(case: Case) -> dict[str, Any]:
    """Return the messages in the window. The publisher of an event is searched for in the previous window too."""
    after = case.window.after
    before = journal_queries.latest_of(case.run_id, PUBLISHING, until=after, limit=MOST)
    heard = outbox.heard(case.run_id, after=after, until=case.window.last)
    found = messages(case.saga, case.entries, before=before, heard=heard)
    svg = sequence_svg(found, title="Messages between the services") if found else ""
    return {"svg": mark_safe(svg), "messages": found}  # noqa: S308 - built as a tree, all text is text


def _journal(case: Case) -> dict[str, Any]:
    return {"journal": [_line(case, entry) for entry in case.entries]}


def _step(case: Case) -> dict[str, Any]:
    """Return the panel of the selected step; empty if no step is selected."""
    name = case.query.get("step", "")
    if not name:
        return {"step": None}
    step, now = case.saga.steps[name], case.state.steps[name]
    given, outputs = queries.inputs(case.saga, case.state, name)
    hidden = case.sensitive
    look = Look(case.request.user, case.run_id, case.saga, case.state, case.now)
    return {
        "step": step,
        "title": step_title(step),
        "segment": case.saga.graph.segment_of[name],
        "now": now,
        "live": step_panel(case.view, name),
        "mark": _mark(case, name),
        "took": _took(now),
        "input": masked(given, hidden),
        "edited": now.input is not None,
        "outputs": masked(outputs, hidden),
        "output": masked(now.output, hidden),
        "undo_output": masked(now.undo_output, hidden),
        "attempts": [replace(one) for one in case.attempts if one.step == name],
        "entries": [_line(case, entry) for entry in case.entries if getattr(entry.fact, "step", "") == name],
        "document": _document_of(case.saga, name),
        "offers": [offer for offer in offers_of(look, name) if not offer.why_not],
        "close": case.address(step=""),
    }


PARTS: Mapping[str, Callable[[Case], dict[str, Any]]] = {
    "status": _status,
    "trouble": _trouble,
    "repair": _repair,
    "facts": _facts,
    "picture": _picture,
    "outline": _outline,
    "step": _step,
    "timeline": _timeline,
    "steps": _steps,
    "rollback": _rollback,
    "journal": _journal,
    "events": _events,
    "sequence": _sequence,
    "acts": _acts,
}
"""The function of each part, which returns the context of its template."""


def _span(case: Case) -> tuple[float, float]:
    """Return the start and the end of the timeline. An attempt is drawn whole, even if it began before the window."""
    entries, window = case.entries, case.window
    until = (case.state.ended_at or case.now) if window.later is None else entries[-1].at
    if not window.after:
        return case.state.started_at, until
    return min([entries[0].at, *(one.queued_at for one in case.attempts)]), until


def _mark(case: Case, step: str) -> Any:
    return status_of(case.state, case.state.steps[step], case.now)


def _line(case: Case, entry: Entry) -> dict[str, Any]:
    return run_view.entry(case.saga, entry, sensitive=case.sensitive) | {"since": entry.at - case.state.started_at}


def _took(step: StepState) -> float | None:
    return step.ended_at - step.started_at if step.ended_at is not None and step.started_at is not None else None


def _toggled(case: Case, segment: str) -> str:
    """Return the folded segments after a click on ``segment``, separated by commas."""
    return ",".join(each.name for each in case.saga.segments if (each.name in case.folded) != (each.name == segment))


def _document_of(saga: Saga, name: str) -> Any:
    steps = (step for segment in document.dump(saga)["segments"] for step in segment["steps"])
    return next((step for step in steps if step.get("name") == name), None)
