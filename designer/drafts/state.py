"""A draft as the page shows it: document, drawing, problems and history, as one JSON value."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import assert_never

from designer.canvas.elements import SetField
from designer.canvas.operations import Operation, Place, Refused, apply
from designer.canvas.segments import SwitchStyle
from designer.canvas.steps import MoveSteps
from designer.drafts.editing import Done
from designer.drafts.planned import planned_elements
from designer.drafts.time_limit import LINTING, passed
from sagaflow import access, names, registry
from sagaflow.access import User
from sagaflow.core import lint
from sagaflow.core.definition.fields import plain
from sagaflow.core.definition.problems import step_path
from sagaflow.core.definition.saga import Saga
from sagaflow.core.errors import InvalidDefinition, SagaflowError
from sagaflow.core.json_value import Json
from sagaflow.core.lint import Known, Limit, Move, Restyle, StateInput
from sagaflow.flowchart.draw import Drawing, try_draw
from sagaflow.store import drafts
from sagaflow.store.drafts import DraftLine, EditLine, HistoryLine
from sagaflow.store.sketches import loaded, sketched

__all__ = ["known_to", "problems_of", "state_of"]

logger = logging.getLogger(__name__)

Turn = HistoryLine | EditLine | None
SHOWN = 200
"""Entries of the history that the page lists."""


def state_of(user: User, draft: DraftLine, done: Done | None = None) -> dict[str, Json]:
    """Return the state of a draft after ``done``, with what ``user`` may know of other sagas."""
    done = done or Done()
    drawing, planned = _picture(draft.document, draft.saga)
    history = drafts.recent(draft.id, SHOWN)
    back, again = _turns(draft, history)
    return {
        "revision": draft.revision,
        "drawing": drawing.svg or None,
        "why_not": drawing.why_not,
        "focus": done.focus,
        "document": draft.document,
        "planned": planned,
        "problems": list(problems_of(user, draft.document)),
        "history": [_entry(edit) for edit in history],
        "undo": back and back.sentence,
        "redo": again and again.sentence,
        "sentence": done.sentence,
        "saved": _moment(draft.changed_at),
    }


def _picture(document: Json, name: str) -> tuple[Drawing, list[str]]:
    """Return the drawing of a document, which may be unfinished, and its elements that are planned.

    A document that cannot be drawn says why.
    """
    try:
        saga = sketched(document, name)
        drawing = try_draw(saga, interactive=True)
        return drawing, planned_elements(saga) if drawing.svg else []
    except Exception:
        # Nothing that people write may stop them from writing on: the page keeps the last drawing and this reason.
        logger.exception("A draft could not be drawn")
        return Drawing(why_not="This cannot be drawn as it stands; the drawing shows the last state that could."), []


def known_to(user: User, saga: Saga) -> Known:
    """Return the names by which the linter judges a draft of ``user``.

    Of a saga that the user may not see, it knows only that it exists, and only if a step names it: a finding quotes
    schemas and masks, and proposes names that are close to a misspelt one.
    """
    sagas = registry.sagas(web=True)
    known = names.seen(each for each in sagas if not access.why_not(user, "view_run", each))
    named = saga.sub_sagas & {each.name for each in sagas}
    return replace(known, sagas=(known.sagas or frozenset()) | named | {saga.name}, groups=names.groups())


def problems_of(user: User, document: Json) -> Iterator[dict[str, Json]]:
    """Yield every fault of a document; in one without faults, what the linter finds in the time of a page.

    The operation of a proposal is tried out, which takes as long as an edit. When the time is up, findings have none.
    """
    try:
        saga = loaded(document)
    except InvalidDefinition as invalid:
        for fault in invalid.faults:
            yield _problem(fault.element, "fault", fault.message, field=fault.field)
        return
    findings, is_late = lint.lint(saga, known_to(user, saga), halt=passed(LINTING)), passed(LINTING)
    for finding in findings:
        mend = None if is_late() else _mend(document, saga, finding.proposal)
        yield _problem(finding.element, finding.severity.value, finding.message, mend)


def _problem(
    element: str, severity: str, message: str, mend: Operation | None = None, field: str = ""
) -> dict[str, Json]:
    return {
        "element": element,
        "drawn": _drawn(element),
        "field": field,
        "severity": severity,
        "message": message,
        "mend": mend.document() if mend else None,
    }


def _drawn(element: str) -> str:
    """Return the element of the drawing for a path."""
    match element.split("/"):
        case ["segments", _, "steps", step]:
            return f"step/{step}"
        case ["segments", segment]:
            return f"segment/{segment}"
        case ["observers", observer]:
            return f"observer/{observer}"
        case _:
            return ""


def _mend(document: Json, saga: Saga, proposal: lint.Proposal | None) -> Operation | None:
    """Return the operation that does what a proposal says; ``None``: no operation does just that."""
    operation: Operation
    match proposal:
        case None:
            return None
        case Restyle(segment=segment, style=style):
            operation = SwitchStyle(segment, style.value)
        case Move(step=step, after=after, segment=segment):
            operation = MoveSteps((step,), Place(segment, after))
        case StateInput(schema=schema):
            return SetField("saga", "input_schema", dict(schema))
        case Limit(step=step, seconds=seconds):
            declared = {action.name: action.timeout for action in registry.actions()}
            path = step_path(saga.graph.segment_of[step].name, step)
            return SetField(path, "timeout", plain(declared.get(saga.steps[step].does.calls) or seconds))
        case _:
            assert_never(proposal)
    try:
        edited = loaded(apply(document, operation).document)
        wanted = lint.apply(saga, proposal)
    except (Refused, SagaflowError, LookupError):
        return None
    return operation if edited.graph.before == wanted.graph.before and _styles(edited) == _styles(wanted) else None


def _styles(saga: Saga) -> dict[str, str]:
    return {name: segment.style.value for name, segment in saga.graph.segment_of.items()}


def _turns(draft: DraftLine, history: tuple[HistoryLine, ...]) -> tuple[Turn, Turn]:
    """Return what an undo takes back and what a redo brings back; both are older if all of ``history`` is undone."""
    made = [edit for edit in history if not edit.undone]
    if len(history) == SHOWN and not made:
        return drafts.newest(draft), drafts.first_undone(draft)
    return made[-1] if made else None, next((edit for edit in history if edit.undone), None)


def _entry(edit: HistoryLine) -> dict[str, Json]:
    return {
        "number": edit.number,
        "sentence": edit.sentence,
        "by": edit.by,
        "at": _moment(edit.at),
        "undone": edit.undone,
    }


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
