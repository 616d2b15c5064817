"""A journal entry as one short sentence for people. It quotes no payload, so nothing has to be masked."""

from sagaflow.core.definition.durations import duration
from sagaflow.core.run import facts
from sagaflow.core.run.facts import Fact
from sagaflow.core.run.state import STEP_FAILED, Direction, StepError

__all__ = ["cause", "had_failed", "reason", "sentence", "shortened", "without_step"]


def reason(code: str, message: str, step: str = "") -> str:
    """Return the reason of a rollback in words: ``business error, no funds``."""
    text = without_step(message, step)
    return cause(code) + (f", {text}" if text else "")


def cause(code: str) -> str:
    """Return the code of a rollback in words: ``business-error`` → ``business error``."""
    return code.replace("-", " ")


def had_failed(code: str, step: str, error: StepError | None) -> str:
    """Return what had failed before an operator, a parent or the deadline rolled a run back; otherwise ``""``.

    Example: ``take_payment had failed: technical error timed-out, no answer``.
    """
    if code in STEP_FAILED or not step:
        return ""
    return f"{step} had failed: {_error(error)}" if error else f"{step} had failed"


def without_step(message: str, step: str) -> str:
    """Return the message of a rollback without its step, which is shown next to it."""
    return message.removeprefix(f"{step}: ")


def shortened(text: str, longest: int) -> str:
    """Return at most ``longest`` characters of ``text``: a longer one is cut after a word and ends with an ellipsis."""
    if len(text) <= longest:
        return text
    words = text[:longest].rpartition(" ")[0].rstrip(" .,;:")
    return f"{words or text[: longest - 1]}…"


def sentence(fact: Fact) -> str:
    """Return a fact as a sentence: ``take_payment failed: technical error timeout: no answer``."""
    match fact:
        case facts.RunStarted() | facts.RunCompleted() | facts.RunRolledBack() | facts.RunCancelled():
            return _of_run(fact)
        case facts.DeadlinePassed() | facts.RollbackBegan() | facts.RollbackWithdrawn() | facts.SavepointRestored():
            return _of_rollback(fact)
        case facts.SegmentStarted() | facts.SegmentCompleted():
            return _of_segment(fact)
        case facts.EventReceived() | facts.EventPublished() | facts.EventDelivered() | facts.SignalIgnored():
            return _of_event(fact)
        case facts.StepSkipped() | facts.CompensationSettled():
            return _of_person(fact)
        case facts.ApprovalDecided() | facts.ApprovalDelegated() | facts.ApprovalReminded():
            return _of_person(fact)
        case facts.ResumeRequested() | facts.CancelRequested():
            return _of_person(fact)
        case facts.StepSucceeded() | facts.StepFailed() | facts.StepParked() | facts.StepLeftInDoubt():
            return _of_outcome(fact)
        case facts.StepClaimed() | facts.LeaseRenewed() | facts.WorkerDied() | facts.WorkUnserved():
            return _of_worker(fact)
        case _:
            return _of_work(fact)


def _of_run(fact: Fact) -> str:
    match fact:
        case facts.RunStarted(saga=saga, digest=digest):
            return f"the run of '{saga}' started, on definition {digest[:12]}"
        case facts.RunCompleted():
            return "the run is completed"
        case facts.RunRolledBack():
            return "the run is rolled back"
        case _:
            return "the run is cancelled"


def _of_rollback(fact: Fact) -> str:
    match fact:
        case facts.RollbackBegan(code=code, message=message, step=step, savepoint=savepoint, error=error):
            to = f" to the save-point of '{savepoint}'" if savepoint else ""
            failed = had_failed(code, step, error)
            because = f" because of {step}" if step and not failed else ""
            return f"the rollback{to} began{because}: {reason(code, message, step)}" + (f"; {failed}" if failed else "")
        case facts.RollbackWithdrawn(pivot=pivot):
            return f"the rollback was withdrawn: the pivot {pivot} took effect"
        case facts.SavepointRestored(segment=segment, round=number):
            return f"back at the save-point of '{segment}', round {number}"
        case _:
            return "the deadline of the run passed"


def _of_segment(fact: Fact) -> str:
    match fact:
        case facts.SegmentStarted(segment=segment, savepoint=savepoint):
            return f"segment '{segment}' started" + (", with a save-point" if savepoint else "")
        case facts.SegmentCompleted(segment=segment):
            return f"segment '{segment}' is completed"
        case _:
            raise AssertionError(fact)


def _of_event(fact: Fact) -> str:
    match fact:
        case facts.EventReceived(event=event, source=source):
            return f"{event} came from outside" + (f", from {source}" if source else "")
        case facts.EventPublished(event=event, step=step):
            by = "about" if event.startswith("Saga") else "by"  # the step did not publish it: the run did
            return f"{event} was published" + (f" {by} {step}" if step else "")
        case facts.EventDelivered(event=event, step=step, direction=direction):
            return f"{event} was delivered to {_name(step, direction)}"
        case facts.SignalIgnored(signal=signal, why=why, step=step, event=event, message=message):
            about = " ".join(part for part in (step, event) if part)
            return f"ignored as {why}: {signal}{f' of {about}' if about else ''}" + (f"; {message}" if message else "")
        case _:
            raise AssertionError(fact)


def _of_person(fact: Fact) -> str:
    match fact:
        case facts.StepSkipped(step=step, by=by, reason=reason):
            return f"{step} was skipped{_by(by)}" + (f": {reason}" if reason else "")
        case facts.ApprovalDecided(step=step, approved=approved, by=by, reason=reason):
            return f"{step} was {'approved' if approved else 'rejected'}{_by(by)}" + (f": {reason}" if reason else "")
        case facts.ApprovalDelegated(step=step, to=to, by=by, reason=reason):
            handed = f"delegated to {to}" if to else "handed back to its group"
            return f"{step} was {handed}{_by(by)}" + (f": {reason}" if reason else "")
        case facts.ApprovalReminded(step=step, after=after):
            return f"{step} has waited {duration(after)} for a decision: its approvers are reminded"
        case facts.CompensationSettled(step=step, status=status, by=by, reason=reason):
            return f"{step} is {status.value.replace('_', ' ')}{_by(by)}" + (f": {reason}" if reason else "")
        case facts.ResumeRequested(step=step, by=by, reason=reason):
            return f"the run resumes from {step}{_by(by)}: {reason}"
        case facts.CancelRequested(by=by, reason=reason):
            return f"the run, which was going back, was cancelled{_by(by)}: {reason}"
        case _:
            raise AssertionError(fact)


def _of_outcome(fact: Fact) -> str:
    match fact:
        case facts.StepSucceeded(step=step, direction=Direction.DO, by=by):
            return f"{step} succeeded{_by(by)}"
        case facts.StepSucceeded(step=step, by=by, nothing=True):
            return f"{step} had nothing to undo{_by(by)}: it took no effect"
        case facts.StepSucceeded(step=step, by=by):
            return f"{step} was undone{_by(by)}"
        case facts.StepFailed(step=step, direction=direction, error=error, attempt=attempt):
            return f"attempt {attempt} of {_name(step, direction)} failed: {_error(error)}"
        case facts.StepParked(step=step, direction=direction, error=error):
            return f"{_name(step, direction)} needs an operator: {_error(error)}"
        case facts.StepLeftInDoubt(step=step, error=error):
            return f"{step} may have happened: {_error(error)}"
        case _:
            raise AssertionError(fact)


def _of_work(fact: Fact) -> str:
    match fact:
        case facts.StepCommanded(step=step, direction=direction):
            return f"{_name(step, direction)} was commanded"
        case facts.StepScheduled(step=step, direction=direction, event=event):
            return f"{_name(step, direction)} reacts" + (f" to {event}" if event else "")
        case facts.StepRetried(step=step, direction=direction, attempt=attempt, by=by):
            return f"{_name(step, direction)} will be tried again, attempt {attempt}{_by(by)}"
        case facts.StepAccepted(step=step, direction=direction):
            return f"{_name(step, direction)} waits for its answer"
        case facts.StepReset(step=step, reason=reason):
            return f"{step} was withdrawn" + (f": {reason}" if reason else "")
        case facts.ChildWentBack(step=step, error=error):
            return f"the sub-saga of {step} went back before the next attempt: {_error(error)}"
        case facts.ReactionMissed(step=step, direction=direction, expected=expected):
            return f"{expected} is missing: {_name(step, direction)} did not react in time"
        case _:
            raise AssertionError(fact)


def _of_worker(fact: Fact) -> str:
    match fact:
        case facts.StepClaimed(step=step, direction=direction, worker=worker, attempt=attempt):
            return f"{worker} took attempt {attempt} of {_name(step, direction)}"
        case facts.LeaseRenewed(step=step, direction=direction, lease=lease):
            return f"{_name(step, direction)} is still under way: another {lease:g} s"
        case facts.WorkerDied(step=step, direction=direction, attempt=attempt, how=how):
            return f"the process {how} during attempt {attempt} of {_name(step, direction)}, which does not count"
        case facts.WorkUnserved(step=step, direction=direction, needs=needs):
            return f"no live worker can do {needs}: {_name(step, direction)} waits for one"
        case _:
            raise AssertionError(fact)


def _name(step: str, direction: Direction) -> str:
    return step if direction is Direction.DO else f"the compensation of {step}"


def _by(person: str) -> str:
    return f" by {person}" if person else ""


def _error(error: StepError) -> str:
    text = f"{error.kind.value} error {error.code}"
    return f"{text}, {error.message}" if error.message and error.message != error.code else text
