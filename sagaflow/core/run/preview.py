"""The preview of a rollback: the same steps, kinds and order as in the rollback itself.

Scheduled work that has not begun is left out, because the rollback calls it off. A wait that has begun is called off
too, and leaves nothing to undo. Two things cannot be known, and are marked: an attempt under way is undone only if it
takes effect, and an open pivot decides about the whole rollback. Until it has decided, nothing is called off, so that
other waits are under way as well.
"""

from dataclasses import dataclass

from sagaflow.core.definition.saga import Saga, StepKind, Undo
from sagaflow.core.run import course, forward, rollback
from sagaflow.core.run.draft import Draft
from sagaflow.core.run.facts import RollbackBegan
from sagaflow.core.run.reach import child_may_go_on, pivot_is_open
from sagaflow.core.run.record import WAITED, called_off
from sagaflow.core.run.state import RollbackCode, RunState, StepStatus

__all__ = ["PlannedUndo", "plan"]

UNDER_WAY = (StepStatus.DUE, StepStatus.RUNNING, StepStatus.WAITING, StepStatus.PARKED)


@dataclass(frozen=True, slots=True)
class PlannedUndo:
    """One line of the plan of a rollback."""

    step: str
    order: int
    """The place in the order, from 1. Steps of one number may be undone at the same time."""
    kind: str
    """``compensate``, ``semantic``, ``irreversible``, ``nothing`` or ``undeclared``."""
    action: str = ""
    """The action that undoes the step; empty: none."""
    reason: str = ""
    in_progress: bool = False
    """The step is under way, and is undone only if it takes effect."""
    decides: bool = False
    """The step is the pivot and under way. If it takes effect, nothing is undone and the run goes forward."""


def plan(saga: Saga, state: RunState, at: float | None = None, *, failing: str = "") -> tuple[PlannedUndo, ...]:
    """Return what a rollback would undo at ``at``, in order. If one is under way, return what is left of it.

    ``at``: time limits up to then pass first; ``None``: none passes. ``failing``: the step whose business error would
    begin the rollback, perhaps only back to a save-point; empty: the whole run is rolled back.
    """
    draft = Draft(saga, state, state.started_at)
    if at is not None:
        course.pass_time(draft, at)
    if draft.state.rollback is None and not _turn_back(draft, failing):
        return ()
    rolling = draft.state.rollback
    scope = draft.graph.scope(rolling.savepoint if rolling else None)
    names = [name for name in reversed(draft.graph.order) if name in scope]
    pivot = draft.graph.pivot if pivot_is_open(saga, draft.state) else None
    open_ = {name for name in names if name == pivot or (pivot and name != failing and _may_be_answered(draft, name))}
    waits = {name for name in names if name not in open_ and _calls_off(draft, name)} - {failing}
    rank: dict[str, int] = {}
    for name in names:
        if name in waits or rollback.left_to_undo(saga, draft.state, name):
            rank[name] = 1 + max((rank.get(other, 0) for other in draft.graph.descendants[name]), default=0)
    planned = [
        PlannedUndo(name, order, Undo.NOTHING.value, reason=WAITED)
        if name in waits
        else _planned(draft, name, order, decides=name == pivot)
        for name, order in rank.items()
    ]
    return tuple(sorted(planned, key=lambda line: line.order))


def _turn_back(draft: Draft, failing: str) -> bool:
    """Begin the rollback in the draft. Return ``False`` if none may begin."""
    if draft.state.status.ended or forward.passed_pivot(draft):
        return False
    if not failing:
        rollback.give_up_pivot(draft)
    savepoint = rollback.savepoint_of(draft, failing) if failing else None
    draft.record(RollbackBegan(code=RollbackCode.REQUESTED, message="", savepoint=savepoint))
    return True


def _may_be_answered(draft: Draft, name: str) -> bool:
    """Say whether an answer to the step may come before the pivot has decided, and may refuse what the step waits for.

    A wait that is parked still hears its event. A sub-saga that is parked, or due again, still hears its child.
    """
    status, awaits = draft.step_state(name).status, draft.step(name).does.awaits
    listens = status is StepStatus.WAITING or (status is StepStatus.PARKED and bool(awaits))
    return listens or child_may_go_on(draft.saga, draft.state, name)


def _calls_off(draft: Draft, name: str) -> bool:
    """Take the work of the step back in the draft, and say whether it was a wait that had begun."""
    before = draft.step_state(name)
    rollback.withdraw_work(draft, name)
    after = draft.step_state(name)
    return after is not before and called_off(after) and not draft.step(name).does.by_worker


def _planned(draft: Draft, name: str, order: int, *, decides: bool) -> PlannedUndo:
    saga, undo = draft.saga, rollback.compensation(draft.saga, name)
    doing = _doing(undo.does) if undo.does else ""
    kind = "undeclared" if saga.steps[name].undo is None and undo.kind is Undo.IRREVERSIBLE else undo.kind.value
    under_way = draft.step_state(name).status in UNDER_WAY
    reason = rollback.reason_of(saga, draft.state, name)
    return PlannedUndo(name, order, kind, doing, reason, in_progress=under_way, decides=decides)


def _doing(work: StepKind) -> str:
    if work.rolls_child_back:
        return "roll back the sub-saga"
    return f"event {work.awaits}" if work.awaits else work.calls
