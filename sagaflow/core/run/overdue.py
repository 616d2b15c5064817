"""The limits that time sets: leases, waits, timers and deadlines. Nothing happens before its time (L9)."""

from datetime import UTC, datetime
from typing import Any

from sagaflow.core.definition.problems import MISSING
from sagaflow.core.definition.saga import Saga, Style
from sagaflow.core.json_value import Json
from sagaflow.core.run import choreography, forward, outcomes, rollback
from sagaflow.core.run.draft import Draft
from sagaflow.core.run.facts import ApprovalReminded, DeadlinePassed, ReactionMissed
from sagaflow.core.run.reports import StepFailed, WorkerDied
from sagaflow.core.run.schedule import begin_waiting
from sagaflow.core.run.state import Direction, ErrorKind, RollbackCode, RunState, StepError, StepState
from sagaflow.core.run.steps import in_order, tally_of

__all__ = ["next_limit", "tick"]


def next_limit(saga: Saga, state: RunState) -> float | None:
    """Return the earliest time at which time alone changes the run; ``None``: it never does."""
    if state.status.ended or not state.seq:
        return None
    moments = [state.deadline] if state.late_at is None else []
    open_ = ((name, state.steps[name]) for name in tally_of(saga, state).open)
    moments += [_limit(saga, name, step_state) for name, step_state in open_ if step_state.status.working]
    return min((moment for moment in moments if moment is not None), default=None)


def _limit(saga: Saga, name: str, step_state: StepState) -> float | None:
    if step_state.status.is_leased:
        return step_state.lease_until
    if step_state.status.is_waiting:
        moments = [moment for moment in (step_state.deadline, step_state.remind_at) if moment is not None]
        return min(moments, default=None)
    work = saga.steps[name].work(step_state.status.direction)
    if not work.by_worker:
        return step_state.due_at
    reacts = saga.graph.segment_of[name].style is Style.CHOREOGRAPHED
    return step_state.deadline if reacts and step_state.missed_at is None else None


def tick(draft: Draft) -> None:
    """Let everything happen that is overdue at ``draft.at``."""
    # What is overdue at one step makes no other step open: those that were open are enough.
    for name in in_order(draft.saga, draft.state):
        step_state = draft.step_state(name)
        if step_state.status.is_leased and _over(draft, step_state.lease_until):
            _lease_over(draft, name)
        elif step_state.status.is_waiting and _over(draft, step_state.deadline):
            _wait_over(draft, name)
        elif step_state.status.is_waiting and _over(draft, step_state.remind_at):
            _remind(draft, name)
        elif step_state.status.is_due:
            _overdue(draft, name)
    if not draft.state.status.ended and draft.state.late_at is None and _over(draft, draft.state.deadline):
        _run_late(draft)


def _over(draft: Draft, moment: float | None) -> bool:
    return moment is not None and moment <= draft.at


def _lease_over(draft: Draft, name: str) -> None:
    """End an attempt whose lease has ended. It counts if the worker was too slow, but not if the worker died."""
    step_state = draft.step_state(name)
    if step_state.worker not in draft.gone:
        _timed_out(draft, name, "the worker did not answer in time")
        return
    how = draft.gone[step_state.worker]
    place: dict[str, Any] = {"step": name, "direction": step_state.status.direction}
    outcomes.report(
        draft,
        WorkerDied(**place, attempt=step_state.attempt, token=step_state.token, worker=step_state.worker, how=how),
    )


def _remind(draft: Draft, name: str) -> None:
    """Remind the approvers of the step, by an event too: a sink or an observer can carry it to where they are."""
    work, delegation = draft.step(name).does, draft.step_state(name).delegation
    after = work.reminds or 0.0
    about: Json = {"group": work.asks, "to": delegation.to if delegation else "", "after": after}
    _announce(draft, ApprovalReminded(step=name, after=after), "SagaReminded", Direction.DO, about)


def _wait_over(draft: Draft, name: str) -> None:
    step_state = draft.step_state(name)
    work = draft.step(name).work(step_state.status.direction)
    if work.lasts is not None:
        outcomes.succeed(draft, name, step_state.status.direction, by="timer")
        return
    _missed(draft, name)
    if work.expects:
        error = StepError(ErrorKind.TECHNICAL, "timed-out", f"{work.expects} did not come in time")
        outcomes.exhaust(draft, name, step_state.status.direction, error)
    else:
        _timed_out(draft, name, "the answer did not come in time")


def _timed_out(draft: Draft, name: str, message: str) -> None:
    step_state = draft.step_state(name)
    error = StepError(ErrorKind.TECHNICAL, "timed-out", message)
    outcomes.fail(
        draft,
        StepFailed(
            step=name,
            direction=step_state.status.direction,
            attempt=step_state.attempt,
            token=step_state.token,
            error=error,
        ),
    )


def _overdue(draft: Draft, name: str) -> None:
    """Begin a wait whose time has come, or report once that a reaction did not begin in time."""
    step_state = draft.step_state(name)
    work = draft.step(name).work(step_state.status.direction)
    if not work.by_worker:
        begin_waiting(draft, name)
    elif _over(draft, step_state.deadline):
        _missed(draft, name)


def _missed(draft: Draft, name: str) -> None:
    """Record and publish that the reaction of a choreographed step is missing, once for each request.

    Its events, an operator who retries, and a rollback request it. An automatic retry is not another request.
    """
    step_state, step, segment = draft.step_state(name), draft.step(name), draft.segment(name)
    deadline = step_state.deadline
    if segment.style is Style.CHOREOGRAPHED and step_state.missed_at is None and deadline is not None:
        direction = step_state.status.direction
        outcome = step.done_event if direction is Direction.DO else step.undone_event
        expected = step.work(direction).awaits or outcome
        missed = ReactionMissed(step=name, direction=direction, deadline=deadline, expected=expected, published=True)
        since = datetime.fromtimestamp(deadline, UTC).isoformat(timespec="milliseconds")
        about: Json = {"segment": segment.name, "direction": direction.value, "event": expected, "since": since}
        _announce(draft, missed, MISSING, direction, about)


def _announce(
    draft: Draft, fact: ApprovalReminded | ReactionMissed, event: str, direction: Direction, about: Json
) -> None:
    """Record a fact that changes no outcome, and publish it. What the limit does next is not caused by it."""
    before = draft.cause
    draft.record(fact, causes=True)
    choreography.publish(draft, event, fact.step, direction, about)
    draft.cause = before


def _run_late(draft: Draft) -> None:
    """Take the run's deadline, at its own time: the run rolls back, or is only late if the pivot took effect."""
    draft.record(DeadlinePassed(deadline=draft.at), causes=True)
    if draft.state.rollback is None and not forward.passed_pivot(draft):
        rollback.begin(draft, RollbackCode.DEADLINE, "the run's deadline passed")
