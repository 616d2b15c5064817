"""Runs to draw: the real core, driven by hand until nothing more is claimable."""

from collections.abc import Mapping

from sagaflow.core.definition.saga import Saga
from sagaflow.core.run.decide import decide
from sagaflow.core.run.journal import Entry
from sagaflow.core.run.queries import claimable
from sagaflow.core.run.reports import Report, RunRequested, StepClaimed, StepFailed, StepSucceeded
from sagaflow.core.run.state import Direction, ErrorKind, RunState, StepError

__all__ = ["NOON", "Run"]

NOON = 1_700_000_000.0 - 1_700_000_000.0 % 86400 + 43200


class Run:
    """A run in memory, one second per report."""

    def __init__(self, saga: Saga, input: object = None) -> None:  # noqa: A002
        self.saga = saga
        self.state = RunState.of(saga)
        self.entries: list[Entry] = []
        self.at = NOON
        self.take(RunRequested(input=input or {}))

    def take(self, report: Report) -> None:
        """Let the core decide."""
        decision = decide(self.saga, self.state, report, self.at)
        self.state = decision.state
        self.entries += decision.entries
        self.at += 1

    def claim(self, step: str, direction: Direction = Direction.DO) -> None:
        self.take(StepClaimed(step=step, direction=direction, worker="w1", lease=30.0))

    def succeed(self, step: str, direction: Direction = Direction.DO) -> None:
        self.claim(step, direction)
        now = self.state.steps[step]
        self.take(StepSucceeded(step=step, direction=direction, attempt=now.attempt, token=now.token, output={}))

    def fail(
        self, step: str, code: str, kind: ErrorKind = ErrorKind.BUSINESS, direction: Direction = Direction.DO
    ) -> None:
        self.claim(step, direction)
        now = self.state.steps[step]
        error = StepError(kind, code, f"{step} says {code}")
        self.take(StepFailed(step=step, direction=direction, attempt=now.attempt, token=now.token, error=error))

    def finish(self, refusals: Mapping[str, str] | None = None) -> "Run":
        """Go on until no step can be claimed; ``refusals``: business error codes by step."""
        while todo := claimable(self.saga, self.state, self.at):
            step, direction = todo[0]
            if direction is Direction.DO and step in (refusals or {}):
                self.fail(step, refusals[step])
            else:
                self.succeed(step, direction)
        return self
