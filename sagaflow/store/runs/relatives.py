"""The verbs that do not apply to a run because of its parent, or of the run that one of its steps started.

The core knows one run. What it allows is asked here again, where another run would lose or contradict it.
"""

from functools import cached_property

from sagaflow.core.definition.saga import Saga
from sagaflow.core.run import course, queries
from sagaflow.core.run.interventions import KEEPS_INPUT, refusal
from sagaflow.core.run.reach import is_refused, passed_pivot
from sagaflow.core.run.state import Direction, RunState, RunStatus, StepState, StepStatus
from sagaflow.models import Run
from sagaflow.store import definitions
from sagaflow.store.runs import rows
from sagaflow.store.runs.children import child_of, later_try, step_ref
from sagaflow.store.runs.locked_run import LockedRun

__all__ = ["Relatives", "require"]

JUST_ENDED = "a time limit of the run has just passed, which ends it; look at it again, with the runs that follow."
"""The reason why a run cannot be resumed before its end, which may start another run, is recorded."""
ABOUT_ANOTHER = ("retry_with_input", "resume")
"""The verbs that another run can make pointless."""


class Relatives:
    """The runs around one run, as it is now. Each is read once, and only where the core allows a verb."""

    def __init__(self, run_id: str, saga: Saga, state: RunState, *, is_alone: bool = False) -> None:
        """Look at the run ``run_id``. ``is_alone``: it has no parent, and is not tried again as a whole."""
        self.run_id, self.saga, self.state, self.is_alone = run_id, saga, state, is_alone

    def allowed(self, at: float, step: str | None = None) -> dict[str, str | None]:
        """Return for each verb on a step, or on the run, why it does not apply at ``at``; ``None``: it applies."""
        answers = queries.allowed(self.saga, self.state, at, step)
        return {verb: why or self.why_not(verb, step or "", at) for verb, why in answers.items()}

    def why_not(self, verb: str, step: str, at: float) -> str | None:
        """Return why a verb that the core allows at ``at`` does not apply because of another run."""
        match verb:
            case "retry_with_input":
                return _why_no_edit(self.run_id, self.saga, self.state, step)
            case "resume" if self.state.status.ended:
                return self._why_no_resume
            case "resume" if course.state_at(self.saga, self.state, at).status.ended:
                return JUST_ENDED
            case _:
                return None

    @cached_property
    def _why_no_resume(self) -> str | None:
        return None if self.is_alone else _why_no_resume(self.run_id, self.saga, self.state)


def require(run: LockedRun, verb: str, step: str) -> None:
    """Refuse a verb that the core allows, and that does not apply because of another run.

    Raises:
        Refused: the message names that run.
    """
    if verb not in ABOUT_ANOTHER or step not in run.saga.steps:
        return
    if not queries.allowed(run.saga, run.state, run.at, step)[verb]:
        is_alone = run.parent_id is None and run.saga.after_rollback.retries <= run.number
        why = Relatives(run.run_id, run.saga, run.state, is_alone=is_alone).why_not(verb, step, run.at)
        if why is not None:
            raise refusal(step, verb, why)


def _why_no_edit(run_id: str, saga: Saga, state: RunState, step: str) -> str | None:
    """Return why no attempt would read the new input: only a further child does."""
    now = state.steps[step]
    if not saga.steps[step].does.runs or now.status.direction is Direction.UNDO:
        return None
    child = child_of(run_id, step, now.round)
    if child is None or (child.status.ended and child.status is not RunStatus.COMPLETED):
        return None
    if child.status.ended:
        return (
            f"run {child.run_id}, which it started, is completed; retry the step, and it takes the output of that run."
        )
    return KEEPS_INPUT


def _why_no_resume(run_id: str, saga: Saga, state: RunState) -> str | None:
    """Return why a run that has ended cannot end otherwise: another run has gone on with that end."""
    row = Run.objects.only("parent_id", "parent_step", "origin_id", "number").get(pk=run_id)
    has_next = saga.after_rollback.retries > row.number or row.parent_id is not None
    if has_next and (again := later_try(row.origin_id or row.pk, row.number)):
        if again.status is RunStatus.ROLLED_BACK:
            return f"run {again.run_id} tried the whole of it again, and is rolled back; act on that run."
        does = "has done" if again.status is RunStatus.COMPLETED else "tries"
        return f"run {again.run_id} {does} the whole of it again; act on that run, or both would take effect."
    if row.parent_id is None:
        return None
    parent, now = f"its parent, run {row.parent_id},", _open_step(str(row.parent_id), row.parent_step, run_id)
    if now is None:
        return f"{parent} has gone on with its end; act on that run, which starts a new one."
    ended_before = state.ended_at is not None and state.ended_at <= (now.first_due_at or 0.0)
    if ended_before and now.status is StepStatus.DUE and now.input is not None:
        return f"{parent} starts it again with another input; let it, and act on the run that it starts."
    return None


def _has_taken_its_end(row: rows.Row, state: RunState, now: StepState) -> bool:
    """Say whether an open step of a parent says how the run ended, and a rollback would believe it.

    It is parked, or due for an attempt that starts another run. Past the pivot, it can still take another end.
    """
    knows = now.status in (StepStatus.PARKED, StepStatus.DUE) and is_refused(now)
    return knows and not passed_pivot(definitions.of(row.digest), state)


def _open_step(parent_id: str, ref: str, run_id: str) -> StepState | None:
    """Return the step of the parent if it is open, so that another end of this run can still be its outcome."""
    row = rows.read(parent_id, lock=False)
    if row is None:
        return None
    state = rows.read_state(row.snapshot)
    for name, now in state.steps.items():
        if step_ref(name, now.round) == ref:
            child = child_of(parent_id, name, now.round)
            is_open = now.status is StepStatus.PARKED or (now.status.working and now.status.direction is Direction.DO)
            is_own = child is not None and child.run_id == run_id
            return now if is_open and is_own and not _has_taken_its_end(row, state, now) else None
    return None
