"""``decide(definition, state, report) → decision``: the one function that changes a run. No I/O, no clock, no chance.

The report is taken by the module that knows its kind; then the run moves forward, or back, as far as it can by itself.
"""

from typing import assert_never

from sagaflow.core import claims, clock, external, forward, operator, outcomes, rollback
from sagaflow.core.decision import Decision
from sagaflow.core.definition import Saga
from sagaflow.core.draft import Draft
from sagaflow.core.errors import Refused
from sagaflow.core.events import (
    ApprovalDecided,
    CancelRequested,
    ChildEnded,
    CompensationMarkedDone,
    EventReceived,
    LeaseRenewed,
    Report,
    ResumeRequested,
    RetryRequested,
    RollbackRequested,
    RunRequested,
    RunStarted,
    SkipRequested,
    StepAccepted,
    StepClaimed,
    StepFailed,
    StepSucceeded,
    TimePassed,
)
from sagaflow.core.quotes import discreet
from sagaflow.core.state import RunState

__all__ = ["decide"]


def decide(saga: Saga, state: RunState, report: Report, at: float) -> Decision:
    """What ``report``, arriving at ``at`` (seconds since the epoch), means for a run of ``saga`` in ``state``.

    Raises:
        Refused: a claim or a person's request does not apply now; nothing changed.
    """
    draft = Draft(saga, state, at)
    _take(draft, discreet(saga, state, report))
    _move_on(draft, report)
    return draft.decision()


def _take(draft: Draft, report: Report) -> None:  # noqa: C901, PLR0912  (a table: one line for each kind of report)
    match report:
        case RunRequested():
            _start(draft, report)
        case TimePassed():
            clock.tick(draft)
        case StepClaimed():
            claims.claim(draft, report)
        case LeaseRenewed():
            claims.renew(draft, report)
        case StepSucceeded() | StepFailed() | StepAccepted():
            outcomes.report(draft, report)
        case EventReceived():
            external.event(draft, report)
        case ApprovalDecided():
            external.approval(draft, report)
        case ChildEnded():
            external.child(draft, report)
        case RetryRequested():
            operator.retry(draft, report)
        case SkipRequested():
            operator.skip(draft, report)
        case CompensationMarkedDone():
            operator.mark_done(draft, report)
        case RollbackRequested():
            operator.roll_back(draft, report)
        case CancelRequested():
            operator.cancel(draft, report)
        case ResumeRequested():
            operator.resume(draft, report)
        case _:
            assert_never(report)


def _move_on(draft: Draft, report: Report) -> None:
    """Forward or back until nothing more happens by itself."""
    not_before = report.not_before if isinstance(report, RunRequested) else None
    before = -1
    while before != draft.state.seq and not draft.state.status.ended and draft.state.seq > 0:
        before = draft.state.seq
        if draft.state.rollback is not None:
            rollback.advance(draft)
        else:
            forward.advance(draft, not_before)
        if not draft.state.status.ended:
            external.meet(draft)


def _start(draft: Draft, asked: RunRequested) -> None:
    if draft.state.seq:
        raise Refused(f"This run of '{draft.saga.name}' has started already.", code="started")
    deadline = None if draft.saga.deadline is None else max(draft.at, asked.not_before or 0.0) + draft.saga.deadline
    started = RunStarted(saga=draft.saga.name, digest=draft.saga.digest, input=asked.input, deadline=deadline)
    draft.record(started, causes=True)
