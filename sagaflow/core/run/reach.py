"""The reach of a rollback: the steps that it takes back, and those that it only holds.

An outcome or an event of a step that is only held still counts.
"""

from sagaflow.core.definition.saga import Saga, StepKind
from sagaflow.core.run.state import ErrorKind, RunState, StepState, StepStatus

__all__ = ["child_may_go_on", "is_refused", "is_untouched", "may_go_on", "passed_pivot", "pivot_is_open", "takes_back"]


def may_go_on(saga: Saga, state: RunState, name: str) -> bool:
    """Say whether the step may go forward, now or once the rollback has ended: what happens to it still counts.

    That is so outside the scope of a return to a save-point, and while an open pivot may withdraw the rollback.
    """
    return not takes_back(saga, state, name) or pivot_is_open(saga, state)


def pivot_is_open(saga: Saga, state: RunState) -> bool:
    """Say whether the pivot may still take effect: it is under way, or its outcome is not known.

    A timer or a decision that has not come has no effect: a rollback withdraws that wait. A rollback to a save-point
    withdraws nothing outside its scope, so that a timer or a decision there may still come and is waited for.
    """
    # A pivot in doubt still decides: if it took effect, there is no way back. So it is open after a failed attempt, and
    # while it is parked; but not if it was refused or never tried.
    pivot = saga.graph.pivot
    if pivot is None:
        return False
    if saga.steps[pivot].does.leaves_nothing and (state.rollback is None or takes_back(saga, state, pivot)):
        return False
    step_state = state.steps[pivot]
    tried = step_state.status is StepStatus.DUE and step_state.unknown > 0
    open_ = step_state.status in (StepStatus.RUNNING, StepStatus.WAITING, StepStatus.PARKED)
    over = is_refused(step_state) or is_untouched(saga.steps[pivot].does, step_state)
    return tried or (open_ and not (step_state.status is StepStatus.PARKED and over))


def is_refused(step_state: StepState) -> bool:
    """Say whether the latest error of the step is a business error."""
    return step_state.error is not None and step_state.error.kind is ErrorKind.BUSINESS


def passed_pivot(saga: Saga, state: RunState) -> bool:
    """Say whether the pivot took effect, or an operator skipped it after an attempt: then there is no way back."""
    if saga.graph.pivot is None:
        return False
    step_state = state.steps[saga.graph.pivot]
    return step_state.status is StepStatus.DONE or (step_state.status is StepStatus.SKIPPED and step_state.tried)


def is_untouched(work: StepKind, step_state: StepState) -> bool:
    """Say whether an open step cannot have taken effect: each attempt was refused, or no worker could even begin it.

    It is parked, or an operator tries it again and no worker has claimed it.
    """
    if step_state.status not in (StepStatus.PARKED, StepStatus.DUE) or step_state.unknown or step_state.error is None:
        return False
    return is_refused(step_state) or (step_state.error.kind is ErrorKind.PROGRAMMING and work.by_worker)


def child_may_go_on(saga: Saga, state: RunState, name: str) -> bool:
    """Say whether the run of a sub-saga that the step started may go on, although the step waits for it no more."""
    step_state = state.steps[name]
    left = step_state.unknown > 0 and step_state.status not in (StepStatus.WAITING, StepStatus.DONE)
    return bool(saga.steps[name].does.runs) and left and not is_refused(step_state)


def takes_back(saga: Saga, state: RunState, name: str) -> bool:
    """Say whether a rollback undoes the step; a step outside the scope of a save-point only pauses."""
    return state.rollback is not None and name in saga.graph.scope(state.rollback.savepoint)
