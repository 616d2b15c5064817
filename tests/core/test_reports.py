"""A report that leaves something out says nothing about it."""

from sagaflow.core.run.reports import StepClaimed, StepFailed
from sagaflow.core.run.state import Direction, ErrorKind, StepError


def test_a_claim_names_no_attempt_and_a_failure_brings_no_chance() -> None:
    claim = StepClaimed(step="pay", direction=Direction.DO, worker="w", lease=30.0)
    assert (claim.attempt, claim.guard, claim.alone) == (0, "", False)
    failed = StepFailed(
        step="pay", direction=Direction.DO, attempt=1, token=1, error=StepError(ErrorKind.TECHNICAL, "down", "")
    )
    assert (failed.chance, failed.retry_after, failed.by) == (0.0, None, "")
