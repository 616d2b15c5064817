"""The parts of the page of a run. One template renders each part: for the whole page, and again after a change."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from designer.audit import record_addresses
from designer.live.timeline import timeline_svg
from designer.live.view import step_panel
from designer.pages.actions import Viewer, offers_of, primary_of, repair_panel
from designer.pages.flowchart_files import FORMATS, NOTHING
from designer.pages.run_links import run_children, run_links
from designer.pages.run_page import STEP_TABS, RunPage
from designer.pages.run_window import MOST
from designer.pages.second_person import asked_rows
from designer.pages.status_line import status_line, who
from sagaflow import engine, run_view
from sagaflow.core.definition import document
from sagaflow.core.definition.saga import Saga
from sagaflow.core.json_value import Json
from sagaflow.core.mask import masked
from sagaflow.core.run import preview, queries
from sagaflow.core.run.journal import Entry
from sagaflow.core.run.state import Direction, RunStatus, StepState
from sagaflow.core.words.sentences import sentence
from sagaflow.flowchart.compose import step_title
from sagaflow.flowchart.draw import try_draw
from sagaflow.flowchart.legend import marks
from sagaflow.flowchart.outline import outline
from sagaflow.flowchart.paint import status_of
from sagaflow.flowchart.samples import samples
from sagaflow.flowchart.sequence import PUBLISHING, messages
from sagaflow.flowchart.sequence_svg import sequence_svg
from sagaflow.store import act_requests
from sagaflow.store.runs import journal_queries, outbox

__all__ = ["PARTS", "part"]

VALUES = {"input": "Edited input", "output": "Output", "undo_output": "Output of the compensation"}
"""The data of a step in the list of steps, with its titles."""
MANY_ROWS = 100
"""The number of journal entries on a page above which their data is sent when a user opens it."""
MOST_IN_ROW = 300
"""The number of characters of a value in a table, which has many."""
EVENTS = ("EventPublished", "EventReceived", "SignalIgnored", "ReactionMissed")


def part(page: RunPage, name: str) -> SafeString:
    """Return one part as HTML."""
    context = {"page": page, "query": page.query, "window": page.window} | PARTS[name](page)
    return mark_safe(render_to_string(f"designer/run/{name}.html", context, page.request).strip())  # noqa: S308 - from a template


def _status(page: RunPage) -> dict[str, object]:
    return {
        "run": run_view.summary(page.line, page.saga, page.now, sensitive=page.sensitive)
        | {"status": page.state.status.value}
    }


def _when(page: RunPage) -> dict[str, object]:
    """Return the start and the end: the page counts the seconds in between."""
    state = page.state
    return {
        "run": {"created": page.line.created_at, "by": page.line.by},
        "ended_at": page.line.ended_at if state.status.ended else None,
        "took": page.now - page.line.created_at.timestamp()
        if state.ended_at is None
        else state.ended_at - state.started_at,
    }


def _strip(page: RunPage) -> dict[str, object]:
    run = run_view.head(page.line, page.saga, page.state, page.now, sensitive=page.sensitive)
    line = status_line(page, run)
    element = f"{'undo' if line.direction is Direction.UNDO else 'step'}/{line.step}" if line.step else ""
    return {"line": line, "element": element}


def _asked(page: RunPage) -> list[dict[str, object]]:
    """Return the open requests about the run for which a second person is needed."""
    if not engine.second_person():
        return []
    return asked_rows(page.request.user, act_requests.newest(run_id=page.run_id))


def _trouble(page: RunPage) -> dict[str, object]:
    state, under_way = page.state, page.view.rollback
    undone, left = (len(under_way[part]) for part in ("undone", "left")) if under_way else (0, 0)
    return {
        "run": run_view.head(page.line, page.saga, state, page.now, sensitive=page.sensitive),
        "asked": _asked(page),
        "progress": page.view.progress,
        "under_way": under_way,
        "undoing": {"done": undone, "total": undone + left},
        "troubles": [
            trouble | {"mark": _mark(page, trouble["step"]), "is_later": _is_later(page, trouble)}
            for trouble in page.view.troubles
        ],
        "ended": state.status.ended,
        "needs_person": state.status.needs_person,
        "undone": state.status in (RunStatus.ROLLED_BACK, RunStatus.CANCELLED),
        "outstanding": [
            each
            | {
                "is_later": _is_later(page, each),
                "who": who(page, str(each["step"]), Direction(str(each["direction"]))) if each["service"] else "",
            }
            for each in run_view.outstanding(page.saga, state)
        ],
    }


def _is_later(page: RunPage, item: dict[str, Json]) -> bool:
    """Say whether the work of a step is due at a time to come: a past one announces no next attempt."""
    return item["due_at"] is not None and (page.state.steps[str(item["step"])].due_at or 0.0) > page.now


def _repair(page: RunPage) -> dict[str, object]:
    viewer = Viewer(page.request.user, page.run_id, page.saga, page.state, page.now)
    return {"repair": repair_panel(viewer)}


def _facts(page: RunPage) -> dict[str, object]:
    head = run_view.head(page.line, page.saga, page.state, page.now, sensitive=page.sensitive)
    links = run_links(page.request.user, page.run_id)
    return {"run": head | {"created": page.line.created_at}, "links": links, "children": run_children(page)}


def _picture(page: RunPage) -> dict[str, object]:
    drawing = try_draw(
        page.saga,
        page.state,
        page.now,
        folded=page.folded,
        interactive=True,
        subscribers=page.subscribers,
        failing=page.failing_observers,
        direction=page.query.get("direction", "TB"),
    )
    folds = [
        {"segment": each, "folded": each.name in page.folded, "address": page.address(fold=_toggled(page, each.name))}
        for each in page.saga.segments
    ]
    sideways = page.query.get("direction") == "LR"
    turn = {"sideways": sideways, "address": page.address(direction="" if sideways else "LR")}
    files = [{"suffix": suffix, "name": name} for suffix, (name, _) in FORMATS.items()]
    legend = samples() if drawing.svg else {}
    shown = {
        "picture": drawing,
        "folds": folds,
        "fold": page.query.get("fold", ""),
        "turn": turn,
        "files": files,
        "here": page.address(),
    }
    return shown | {"marks": marks()} | legend


def _outline(page: RunPage) -> dict[str, object]:
    listeners: dict[str, Any] = {"subscribers": page.subscribers, "failing": page.failing_observers}
    return {"lines": outline(page.saga, page.state, page.now, **listeners)}


def _steps(page: RunPage) -> dict[str, object]:
    steps = [
        each
        | {
            "mark": _mark(page, each["step"]),
            "took": _took(page.state.steps[each["step"]]),
            "address": page.address(step=each["step"]),
            "values": [
                (title, each[field], f"step/{each['step']}/{field}")
                for field, title in VALUES.items()
                if each[field] is not None
            ],
        }
        for each in run_view.steps(page.saga, page.state, sensitive=page.sensitive)
    ]
    return {"steps": steps, "most_in_row": MOST_IN_ROW}


def _timeline(page: RunPage) -> dict[str, object]:
    even = {"even": True, "time": False}.get(page.query.get("scale", ""))
    began, until = _span(page)
    svg = timeline_svg(page.saga, page.attempts, began=began, until=until, even=even)
    scales = {"even": page.address(scale="even"), "time": page.address(scale="time")}
    drawn = {"svg": mark_safe(svg), "even": 'data-scale="even"' in svg}  # noqa: S308 - built as a tree
    return drawn | {"scales": scales, "began": began}


def _rollback(page: RunPage) -> dict[str, object]:
    if page.view.rollback:
        plan: list[Any] = page.view.rollback["left"]
    else:
        plan = [
            {
                "step": line.step,
                "title": step_title(page.saga.steps[line.step]),
                "kind": line.kind,
                "order": line.order,
                "action": line.action,
                "reason": line.reason,
                "in_progress": line.in_progress,
                "decides": line.decides,
            }
            for line in preview.plan(page.saga, page.state, page.now)
        ]
    past = run_view.past(page.run_id, page.saga, sensitive=page.sensitive)
    sealed = record_addresses(page.request.user, page.run_id) if past["rollbacks"] else {}
    return {
        "under_way": page.view.rollback,
        "plan": plan,
        "rollbacks": [record | {"sealed": sealed.get(record["seq"], "")} for record in past["rollbacks"]],
        "status": page.state.status.value,
        "ended": page.state.status.ended,
    }


def _acts(page: RunPage) -> dict[str, object]:
    return {
        "acts": run_view.past(page.run_id, page.saga, sensitive=page.sensitive)["acts"],
        "commands": run_view.acts(page.run_id, page.saga, page.state, page.now),
        "needs_person": page.state.status.needs_person,
    }


def _events(page: RunPage) -> dict[str, object]:
    """Return the events, each with its cause and its effects, which may be anywhere in the journal."""
    shown = [entry for entry in page.entries if entry.kind in EVENTS]
    causes = {entry.cause for entry in shown if 0 < entry.cause <= page.window.after}
    later = journal_queries.caused_by(page.run_id, {entry.seq for entry in shown}, after=page.window.last)
    near = [*journal_queries.numbered(page.run_id, causes), *page.entries, *later]
    sentences = {entry.seq: sentence(entry.fact) for entry in near if entry.seq <= page.state.seq}
    effects: dict[int, list[int]] = {}
    for entry in near:
        effects.setdefault(entry.cause, []).append(entry.seq)
    return {
        "events": [
            _line(page, entry)
            | {
                "because": (entry.cause, sentences.get(entry.cause, "")) if entry.cause else None,
                "effects": [(seq, sentences[seq]) for seq in effects.get(entry.seq, []) if seq in sentences],
            }
            for entry in shown
        ],
        "observers": run_view.observers(page.run_id, page.saga),
    }


def _sequence(page: RunPage) -> dict[str, object]:
    """Return the messages in the window. The publisher of an event is searched for in the previous window too."""
    after = page.window.after
    before = journal_queries.latest_of(page.run_id, PUBLISHING, until=after, limit=MOST)
    heard = outbox.heard(page.run_id, after=after, until=page.window.last)
    found = messages(page.saga, page.entries, before=before, heard=heard)
    svg = sequence_svg(found, title="Messages between the services") if found else ""
    return {"svg": mark_safe(svg), "messages": found}  # noqa: S308 - built as a tree, all text is text


def _journal(page: RunPage) -> dict[str, object]:
    rows = [_line(page, entry) for entry in page.entries]
    return {"journal": rows, "most_in_row": MOST_IN_ROW, "later": len(rows) > MANY_ROWS}


def _step(page: RunPage) -> dict[str, object]:
    """Return the panel of the selected step; empty if no step is selected."""
    name = page.query.get("step", "")
    if not name:
        return {"step": None}
    step, now = page.saga.steps[name], page.state.steps[name]
    given, outputs = queries.inputs(page.saga, page.state, name)
    hidden = page.sensitive
    viewer = Viewer(page.request.user, page.run_id, page.saga, page.state, page.now)
    return {
        "step": step,
        "title": step_title(step),
        "segment": page.saga.graph.segment_of[name],
        "now": now,
        "live": step_panel(page.view, name),
        "mark": _mark(page, name),
        "took": _took(now),
        **{f"of_{what}": f"step/{name}/{what}" for what in ("input", "outputs", "output", "undo_output")},
        "input": masked(given, hidden),
        "edited": now.input is not None,
        "outputs": masked(outputs, hidden),
        "output": masked(now.output, hidden),
        "undo_output": masked(now.undo_output, hidden),
        "attempts": [replace(one) for one in page.attempts if one.step == name and one.is_known],
        "entries": [_line(page, entry) for entry in page.entries if getattr(entry.fact, "step", "") == name],
        "document": _document_of(page.saga, name),
        "offers": (offers := tuple(offers_of(viewer, name))),
        "primary": primary_of(offers),
        "about": page.query.get("about", STEP_TABS[0]),
        "tabs": [(tab, page.address(about=tab)) for tab in STEP_TABS],
        "close": page.address(step=""),
    }


PARTS: Mapping[str, Callable[[RunPage], dict[str, Any]]] = {
    "status": _status,
    "when": _when,
    "repair": _repair,
    "strip": _strip,
    "trouble": _trouble,
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


def _span(page: RunPage) -> tuple[float, float]:
    """Return the start and the end of the timeline. An attempt is drawn whole, even if it began before the window."""
    entries, window = page.entries, page.window
    until = (page.state.ended_at or page.now) if window.later is None else entries[-1].at
    if not window.after:
        return page.state.started_at, until
    return min([entries[0].at, *(one.queued_at for one in page.attempts)]), until


def _mark(page: RunPage, step: str) -> str:
    return status_of(page.state, page.state.steps[step], page.now)


def _line(page: RunPage, entry: Entry) -> dict[str, object]:
    return run_view.entry(page.saga, entry, sensitive=page.sensitive) | {
        "since": entry.at - page.state.started_at,
        "of": f"entry/{entry.seq}",
    }


def _took(step: StepState) -> float | None:
    return step.ended_at - step.started_at if step.ended_at is not None and step.started_at is not None else None


def _toggled(page: RunPage, segment: str) -> str:
    """Return the folded segments after a click on ``segment``, separated by commas."""
    names = [each.name for each in page.saga.segments if (each.name in page.folded) != (each.name == segment)]
    return ",".join(names) or NOTHING


def _document_of(saga: Saga, name: str) -> Json:
    steps = (step for segment in document.dump(saga)["segments"] for step in segment["steps"])
    return next((step for step in steps if step.get("name") == name), None)
