"""Changes the state by one fact. Nothing else does, not even ``decide``, so that ``fold(journal) == snapshot``."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar, assert_never

from sagaflow.core.copied import copied, put_fields
from sagaflow.core.definition.saga import Saga, Step, Undo
from sagaflow.core.run import facts
from sagaflow.core.run.facts import STEP_FACTS, Fact, StepFact
from sagaflow.core.run.journal import Entry
from sagaflow.core.run.state import (
    REMEMBERED,
    Delegation,
    Direction,
    ErrorKind,
    Rollback,
    RunState,
    RunStatus,
    StepState,
    StepStatus,
)
from sagaflow.core.run.steps import Steps, tally_of

__all__ = ["apply", "evolve", "fold", "thawed"]

T = TypeVar("T")
DO, UNDO = Direction.DO, Direction.UNDO
Scheduling = facts.StepCommanded | facts.StepScheduled | facts.StepRetried
ENDS: Mapping[type[Fact], RunStatus] = {
    facts.RunCompleted: RunStatus.COMPLETED,
    facts.RunRolledBack: RunStatus.ROLLED_BACK,
    facts.RunCancelled: RunStatus.CANCELLED,
}
REOPENING = (facts.ResumeRequested, facts.RollbackBegan)
"""The facts after which a run that has ended goes on."""
NO_EFFECT = "it took no effect"
"""The note of a step whose compensation found that the action had never taken effect."""


def fold(saga: Saga, entries: Iterable[Entry]) -> RunState:
    """Return the state that a whole journal leads to."""
    state = thawed(RunState.of(saga))
    for entry in entries:
        state = apply(saga, state, entry)
    return state


def evolve(saga: Saga, state: RunState, entry: Entry) -> RunState:
    """Return ``state`` after one more entry."""
    return apply(saga, thawed(state), entry)


def thawed(state: RunState) -> RunState:
    """Return a copy for ``apply``: no other state has its steps."""
    return copied(state, steps=Steps(state.steps))


def apply(saga: Saga, state: RunState, entry: Entry) -> RunState:
    """Return ``state``, which is ``thawed``, after one more entry. It is changed in place."""
    changed = _run(saga, state, entry)
    put_fields(changed, seq=entry.seq, status=_status(saga, changed, entry.fact))
    return changed


def _status(saga: Saga, state: RunState, fact: Fact) -> RunStatus:
    """Return the status of the run. A run that has ended only goes on after a resume, or the rollback of its parent."""
    if state.status.ended and not isinstance(fact, REOPENING):
        return state.status
    counts = tally_of(saga, state).counts
    if counts.get(StepStatus.STUCK):
        return RunStatus.STUCK
    if counts.get(StepStatus.PARKED):
        return RunStatus.PARKED
    return RunStatus.RUNNING if state.rollback is None else RunStatus.ROLLING_BACK


def put(state: RunState, name: str, step: StepState) -> None:
    """Change a step of a state that is ``thawed``."""
    if not isinstance(state.steps, Steps):
        raise TypeError("The state is not thawed.")
    state.steps.put(name, step)


def _run(saga: Saga, state: RunState, entry: Entry) -> RunState:  # noqa: C901, PLR0912  (a table of facts)
    """Apply a fact about the run. A fact about one step goes on to ``_step``."""
    at = entry.at
    if type(entry.fact) in STEP_FACTS:
        return _of_step(saga, state, entry, entry.fact)  # type: ignore[arg-type]  # it is one of those classes
    match entry.fact:
        case facts.RunStarted(input=value, deadline=deadline, by=by):
            return copied(state, input=value, started_at=at, deadline=deadline, by=by)
        case facts.SegmentStarted(segment=name):
            return copied(state, segments=(*state.segments, name))
        case facts.EventReceived() as fact:
            return _received(state, fact)
        case facts.DeadlinePassed():
            return copied(state, late_at=at)
        case facts.RollbackBegan() as fact:
            return _rollback_began(state, fact, at)
        case facts.CancelRequested(by=by) if state.rollback is not None:
            return copied(state, rollback=copied(state.rollback, cancelled_by=by, savepoint=None))
        case facts.RollbackWithdrawn():
            return copied(state, rollback=None)
        case facts.SavepointRestored(segment=name):
            restored = {**state.restored, name: state.restored.get(name, 0) + 1}
            return copied(_renew(saga, state, saga.graph.scope(name)), rollback=None, restored=restored)
        case facts.ResumeRequested() as fact:
            return _resumed(saga, state, fact, at)
        case facts.RunCompleted() | facts.RunRolledBack() | facts.RunCancelled() as fact:
            return copied(state, status=ENDS[type(fact)], ended_at=at)
        case (
            facts.SegmentCompleted()
            | facts.EventPublished()
            | facts.EventDelivered()
            | facts.ApprovalDecided()
            | facts.SignalIgnored()
            | facts.CancelRequested()
        ):
            return state
        case fact:
            raise AssertionError(f"{type(fact).__name__} is neither about the run nor about a step.")


def _of_step(saga: Saga, state: RunState, entry: Entry, fact: StepFact) -> RunState:
    step = state.steps[fact.step]
    changed = _without_refusal(saga, state, fact)
    put(state, fact.step, copied(step, **_step(saga, step, fact, entry)))
    return changed


def _step(saga: Saga, step: StepState, fact: StepFact, entry: Entry) -> dict[str, Any]:  # noqa: C901, PLR0912  (facts)
    """Return the fields of one step that a fact changes."""
    match fact:
        case facts.StepCommanded() | facts.StepScheduled() | facts.StepRetried():
            return _scheduled(saga, step, fact)
        case facts.StepClaimed():
            return _claimed(step, fact, entry)
        case facts.LeaseRenewed():
            return {"lease_until": entry.at + fact.lease}
        case facts.WorkerDied():
            return _died(step, fact)
        case facts.WorkUnserved(since=since):
            return {"unserved_since": since}
        case facts.StepAccepted():
            return _accepted(step, fact, entry)
        case facts.StepSucceeded():
            return _succeeded(saga, fact, entry)
        case facts.StepFailed():
            return {"error": fact.error, **_idle, **_failed(step, fact, entry)}
        case facts.StepParked(direction=direction, error=error):
            parked = {"status": StepStatus.PARKED if direction is DO else StepStatus.STUCK, "error": error, **_idle}
            return parked if fact.left is None else {**parked, **_child_ended(fact)}
        case facts.ChildWentBack(error=error):
            return {"error": error, **_child_ended(fact)}
        case facts.StepSkipped():
            ended = {"ended_at": entry.at, "note": fact.reason, "by": fact.by}
            return {"status": StepStatus.SKIPPED, "output": fact.output, "untouched": fact.untouched, **ended, **_idle}
        case facts.StepLeftInDoubt(error=error):
            return {"status": StepStatus.IN_DOUBT, "error": error, "unknown": step.unknown or 1, **_idle}
        case facts.StepReset():
            return {"status": StepStatus.PENDING, "attempt": 0, **_idle}
        case facts.CompensationSettled():
            ended = {"undo_ended_at": entry.at, "note": fact.reason, "by": fact.by}
            return {"status": fact.status, **ended, **_failure(step, fact.status), **_idle}
        case facts.ReactionMissed():
            return {"missed_at": entry.at, "missed_published": fact.published}
        case facts.ApprovalDelegated(to=to, by=by, reason=reason):
            return {"delegation": Delegation(to, by, reason) if to else None}
        case facts.ApprovalReminded():
            return {"remind_at": None, "reminded_at": entry.at}
        case _:
            assert_never(fact)


_idle: dict[str, Any] = {
    "lease_until": None,
    "deadline": None,
    "due_at": None,
    "worker": "",
    "unserved_since": None,
    "remind_at": None,
}


def _scheduled(saga: Saga, step: StepState, fact: Scheduling) -> dict[str, Any]:
    undoing = fact.direction is UNDO
    changes = {
        **_idle,
        "status": StepStatus.UNDO_DUE if undoing else StepStatus.DUE,
        "attempt": fact.attempt,
        "due_at": fact.due_at,
        "deadline": fact.deadline,
        "delegation": None,
        "reminded_at": None,
    }
    retry = fact if isinstance(fact, facts.StepRetried) else None
    if undoing:
        changes |= {"note": "", "by": ""}  # of an operator who skipped the step or did it by hand
    if not isinstance(fact, facts.StepRetried) and fact.failure:
        changes |= {"error": None, "failure": fact.failure}
    if retry is None or retry.by:
        changes["forgiven"] = step.attempts_in(fact.direction)
        changes["first_due_at"] = fact.due_at
        changes["deaths"] = 0
        if step.missed_published:
            changes |= {"missed_at": None, "missed_published": False}
    if retry is not None and retry.edited:
        of_undo = retry.of_undo or (undoing and saga.steps[fact.step].maps_undo)
        changes["undo_input" if of_undo else "input"] = retry.input
    if retry is not None and step.status is StepStatus.WAITING and retry.by:
        changes["unknown"] = step.unknown + 1
    return changes


def _claimed(step: StepState, fact: facts.StepClaimed, entry: Entry) -> dict[str, Any]:
    lease = {"token": entry.seq, "lease_until": entry.at + fact.lease, "worker": fact.worker, "deadline": None}
    lease |= {"alone": fact.alone, "unserved_since": None}
    return {**lease, **_attempted(step, fact.direction, entry.at, StepStatus.RUNNING, StepStatus.UNDO_RUNNING)}


def _accepted(step: StepState, fact: facts.StepAccepted, entry: Entry) -> dict[str, Any]:
    """Start to wait. It counts as an attempt if no worker had to claim the step."""
    if step.status.is_due:
        changes = _attempted(step, fact.direction, entry.at, StepStatus.WAITING, StepStatus.UNDO_WAITING)
        changes["token"] = entry.seq
    else:
        changes = {"status": StepStatus.WAITING if fact.direction is DO else StepStatus.UNDO_WAITING}
    return {**changes, "deadline": fact.deadline, "lease_until": None, "remind_at": fact.remind_at}


def _attempted(
    step: StepState, direction: Direction, at: float, forward: StepStatus, back: StepStatus
) -> dict[str, Any]:
    if direction is DO:
        return {"status": forward, "attempts": step.attempts + 1, "started_at": step.started_at or at}
    return {"status": back, "undo_attempts": step.undo_attempts + 1, "undo_started_at": step.undo_started_at or at}


def _died(step: StepState, fact: facts.WorkerDied) -> dict[str, Any]:
    """Forgive the attempt, which may have taken effect, and suspect the step of killing its process."""
    blamed = step.deaths + 1 if step.alone else max(step.deaths, 1)
    unknown = {"unknown": step.unknown + 1} if fact.direction is DO else {}
    return {**_idle, **unknown, "forgiven": step.forgiven + 1, "deaths": step.deaths if fact.blameless else blamed}


def _failed(step: StepState, fact: facts.StepFailed, entry: Entry) -> dict[str, Any]:
    """End the step after a business error, which leaves nothing; an attempt with any other error may take effect."""
    if fact.direction is UNDO:
        return {"deaths": 0}
    if fact.error.kind is ErrorKind.BUSINESS:
        ended = {"child_left": None} if fact.left is None else _child_ended(fact)
        return {"status": StepStatus.FAILED, "ended_at": entry.at, "deaths": 0, **ended}
    return {"unknown": step.unknown + (not fact.unbegun), "deaths": 0}


def _child_ended(fact: facts.StepFailed | facts.StepParked | facts.ChildWentBack) -> dict[str, Any]:
    """Take the end of the run of a sub-saga, which is the truth about all attempts of the round.

    Each of them started that run, or found it.
    """
    return {"unknown": int(bool(fact.left)), "child_left": fact.stayed}


def _failure(step: StepState, status: StepStatus) -> dict[str, Any]:
    """Keep the error of the way forward, if it settles the step, apart from those of a compensation."""
    forward = step.status in (StepStatus.FAILED, StepStatus.IN_DOUBT) and status.tried_back
    return {"failure": step.error, "error": None} if forward else {}


def _succeeded(saga: Saga, fact: facts.StepSucceeded, entry: Entry) -> dict[str, Any]:
    if fact.direction is DO:
        return {
            "status": StepStatus.DONE,
            "output": fact.output,
            "ended_at": entry.at,
            "error": None,
            "deaths": 0,
            **_idle,
        }
    undo = saga.steps[fact.step].undo
    if fact.nothing:
        ended = {"note": NO_EFFECT, "undo_ended_at": entry.at, "error": None}
        return {"status": StepStatus.NOTHING_TO_UNDO, **ended, **_idle}
    semantic = undo is not None and undo.kind is Undo.SEMANTIC
    status = StepStatus.SEMANTICALLY_UNDONE if semantic else StepStatus.COMPENSATED
    return {
        "status": status,
        "undo_output": fact.output,
        "undo_ended_at": entry.at,
        "error": None,
        "deaths": 0,
        **_idle,
    }


def _received(state: RunState, fact: facts.EventReceived) -> RunState:
    """Remember the payload, and the ID to recognise a second one. Steps that began a new round have the event now."""
    seen = (*state.seen, fact.event_id)[-REMEMBERED:] if fact.event_id else state.seen
    received = {**state.received, fact.event: fact.payload}
    return copied(state, received=received, outdated=_without(state.outdated, (fact.event,)), seen=seen)


def _resumed(saga: Saga, state: RunState, fact: facts.ResumeRequested, at: float) -> RunState:
    """Start the step and all after it again. The returns to save-points of their segments count from 0 again."""
    again = saga.graph.descendants[fact.step] | {fact.step}
    for name in fact.in_doubt:
        put(state, name, copied(state.steps[name], unknown=1))
    renewed = _renew(saga, state, again)
    anew = {saga.graph.segment_of[name].name for name in again}
    restored = {segment: number for segment, number in state.restored.items() if segment not in anew}
    return copied(renewed, rollback=None, ended_at=None, late_at=_late_at(state, at), restored=restored)


def _rollback_began(state: RunState, fact: facts.RollbackBegan, at: float) -> RunState:
    rollback = Rollback(
        code=fact.code,
        message=fact.message,
        began_at=at,
        step=fact.step,
        error=fact.error,
        by=fact.by,
        savepoint=fact.savepoint,
        number=state.rollbacks + 1,
    )
    return copied(state, rollback=rollback, rollbacks=state.rollbacks + 1, ended_at=None)


def _late_at(state: RunState, at: float) -> float | None:
    """Return when the run became late, if it resumes at ``at``."""
    # A run that an operator resumes after its deadline must not roll back at once for the same deadline.
    late = state.deadline is not None and state.deadline <= at
    return at if late and state.late_at is None else state.late_at


def _renew(saga: Saga, state: RunState, names: Iterable[str]) -> RunState:
    """Start a new round of the named steps. The events from outside that they wait for have to come again."""
    again = frozenset(names)
    for name in again:
        put(state, name, _next_round(state.steps[name]))
    waited = {event for name in again for events in saga.graph.hears[name].values() for event in events}
    started = tuple(
        name for name in state.segments if not all(step.name in again for step in _segment_steps(saga, name))
    )
    return _outdate(saga, copied(state, segments=started), waited, again)


def _without_refusal(saga: Saga, state: RunState, fact: StepFact) -> RunState:
    """Forget, when a wait is tried again, the refusal from outside that ended the last one."""
    step = saga.steps[fact.step]
    if not isinstance(fact, facts.StepRetried) or fact.direction is UNDO or not step.does.awaits:
        return state
    return _outdate(saga, state, step.fails_as.values(), (fact.step,))


def _outdate(saga: Saga, state: RunState, events: Iterable[str], again: Iterable[str]) -> RunState:
    """Make the events have to come again for the steps of ``again``. Any other step that waits for one keeps it."""
    outdated = dict(state.outdated)
    dropped = []
    for event in set(events) & state.received.keys():
        old = {*again, *outdated.pop(event, ())}
        if any(_is_promised(saga, state, name, event) for name in saga.steps if name not in old):
            outdated[event] = tuple(name for name in saga.steps if name in old and _hears(saga, name, event))
        else:
            dropped.append(event)
    return copied(state, received=_without(state.received, dropped), outdated=outdated)


def _is_promised(saga: Saga, state: RunState, name: str, event: str) -> bool:
    return state.steps[name].status is StepStatus.PENDING and event in saga.graph.hears[name][DO]


def _hears(saga: Saga, name: str, event: str) -> bool:
    return any(event in events for events in saga.graph.hears[name].values())


def _without(events: Mapping[str, T], names: Iterable[str]) -> dict[str, T]:
    dropped = frozenset(names)
    return {event: value for event, value in events.items() if event not in dropped}


def _segment_steps(saga: Saga, name: str) -> tuple[Step, ...]:
    return next(segment.steps for segment in saga.segments if segment.name == name)


def _next_round(step: StepState) -> StepState:
    """Return the state with which a step starts again."""
    # The idempotency key has the round in it. A step that may have taken effect, and was not undone, keeps its round:
    # with the same key the next attempt takes effect at most once. A new round would allow a second effect.
    same_round = step.status is StepStatus.PENDING or (step.unknown > 0 and not step.status.undone)
    return StepState(
        round=step.round if same_round else step.round + 1,
        token=step.token,
        input=step.input,
        undo_input=step.undo_input if same_round else None,  # it was for the effect of its round
        attempts=step.attempts,
        undo_attempts=step.undo_attempts,
        unknown=step.unknown if same_round else 0,
        left=step.stays,
    )
