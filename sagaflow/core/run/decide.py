"""``decide(definition, state, report) → decision``: the one function that changes a run. No I/O, no clock, no chance.

First the time limits up to the report pass. Then the module for this kind of report takes it, and the run moves on
until it has to wait.
"""

from collections.abc import Mapping
from typing import assert_never

from sagaflow.core.definition.saga import Saga
from sagaflow.core.errors import Refused
from sagaflow.core.run import course, external, interventions, leases, outcomes
from sagaflow.core.run.decision import Decision
from sagaflow.core.run.draft import Draft
from sagaflow.core.run.facts import RunStarted
from sagaflow.core.run.redact import redact_report
from sagaflow.core.run.reports import (
    ApprovalDecided,
    ApprovalDelegated,
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
    SkipRequested,
    StepAccepted,
    StepClaimed,
    StepFailed,
    StepSucceeded,
    TimePassed,
    WorkerDied,
    WorkUnserved,
)
from sagaflow.core.run.state import RunState

__all__ = ["decide"]

OF_WORK = (
    StepClaimed,
    LeaseRenewed,
    StepSucceeded,
    StepFailed,
    StepAccepted,
    TimePassed,
    WorkerDied,
    WorkUnserved,
)
"""The reports after which only steps after a settled one can start. After any other, all steps are looked at."""

OF_LEASES = (StepClaimed, LeaseRenewed)
"""The reports that say who holds a step, and nothing about its outcome."""


def decide(
    saga: Saga,
    state: RunState,
    report: Report,
    at: float,
    *,
    happened: float | None = None,
    gone: Mapping[str, str] | None = None,
    repeated: bool = False,
) -> Decision:
    """Decide what ``report``, which arrives at ``at`` (seconds since the epoch), changes in a run of ``saga``.

    Time limits that have passed by then count first, in their order. ``happened``: the earlier time at which the
    subject of the report took place, if it is on record; only the limits up to that time come before the report.
    ``gone``: the workers that are known to have died, and how: a lease of theirs that has ended costs no attempt.
    ``repeated``: the run took an event with this ID before, longer ago than ``state.seen`` remembers.

    Raises:
        Refused: a claim or an operator's request does not apply now; nothing has changed.
    """
    if type(report) is TimePassed and course.is_still(saga, state, at):
        return Decision(state, (), (), 0)
    draft = Draft(saga, state, at)
    draft.full = draft.full or not isinstance(report, OF_WORK)
    draft.gone, draft.repeated = dict(gone or {}), repeated
    if isinstance(report, WorkerDied):
        draft.gone[report.worker] = report.how
    course.pass_time(draft, at if happened is None else min(at, happened))
    passed = draft.recorded
    _take(draft, redact_report(saga, draft.state, report))
    # A worker that takes or keeps a step lets nothing else begin or end.
    if draft.full or not isinstance(report, OF_LEASES):
        course.move_on(draft, report.not_before if isinstance(report, RunRequested) else None)
    return draft.decision(passed)


def _take(draft: Draft, report: Report) -> None:  # noqa: C901, PLR0912  (a table: one line for each kind of report)
    match report:
        case RunRequested():
            _start(draft, report)
        case TimePassed():
            pass
        case StepClaimed():
            leases.claim(draft, report)
        case LeaseRenewed():
            leases.renew(draft, report)
        case WorkUnserved():
            leases.unserved(draft, report)
        case StepSucceeded() | StepFailed() | StepAccepted() | WorkerDied():
            outcomes.report(draft, report)
        case EventReceived():
            external.event(draft, report)
        case ApprovalDecided():
            external.approval(draft, report)
        case ApprovalDelegated():
            external.delegate(draft, report)
        case ChildEnded():
            external.child(draft, report)
        case RetryRequested():
            interventions.retry(draft, report)
        case SkipRequested():
            interventions.skip(draft, report)
        case CompensationMarkedDone():
            interventions.mark_done(draft, report)
        case RollbackRequested():
            interventions.roll_back(draft, report)
        case CancelRequested():
            interventions.cancel(draft, report)
        case ResumeRequested():
            interventions.resume(draft, report)
        case _:
            assert_never(report)


def _start(draft: Draft, asked: RunRequested) -> None:
    if draft.state.seq:
        raise Refused(f"This run of '{draft.saga.name}' has started already.", code="started")
    begins_at = draft.at if asked.not_before is None else max(draft.at, asked.not_before)
    deadline = None if draft.saga.deadline is None else begins_at + draft.saga.deadline
    started = RunStarted(
        saga=draft.saga.name, digest=draft.saga.digest, input=asked.input, deadline=deadline, by=asked.by
    )
    draft.record(started, causes=True)
