"""One run in virtual time: its state, the clock, the script of faults, and the effects at the participants."""

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Self

from sagaflow.core.definition.saga import Saga
from sagaflow.core.run.commands import Command
from sagaflow.core.run.decide import decide
from sagaflow.core.run.decision import Decision
from sagaflow.core.run.journal import Entry
from sagaflow.core.run.reports import Report, RunRequested
from sagaflow.core.run.state import Direction, RunState
from sagaflow.core.simulation.effects import Ledger
from sagaflow.core.simulation.injected_faults import InjectedFault, Script

__all__ = ["START", "VirtualRun"]

START = 1_000_000.0
"""Virtual seconds at which every run starts."""


class VirtualRun:
    """A run to which scripted participants report. The ``Simulator`` chooses what happens next.

    ``outputs`` are the outputs of the actions by step. A step without any returns a text for each output it declares.
    """

    def __init__(
        self,
        saga: Saga,
        *,
        script: Script | None = None,
        inputs: object = None,
        outputs: Mapping[str, object] | None = None,
    ) -> None:
        self.script = script or {}
        self.outputs = outputs or {}
        self.saga = _without_guesses(saga, self.outputs)
        self.state = RunState.of(self.saga)
        self.at = START
        self.journal: list[Entry] = []
        self.commands: list[Command] = []
        self.ledger = Ledger()
        self.tried: dict[tuple[str, Direction], int] = {}
        """The number of attempts so far, by step and direction."""
        self.held: set[tuple[str, Direction]] = set()
        """The work that a worker has taken and not yet carried out."""
        self.answered: set[tuple[str, Direction, int]] = set()
        """The waits, by their token, to which the outside has answered, or never will."""
        self.reports: list[tuple[float, Report]] = []
        """All reports with their times. ``decide`` comes to the same state with them."""
        self.late: list[tuple[float, Report]] = []
        """The reports on their way, with the times at which they arrive."""
        self.report(RunRequested(input=inputs))

    def fork(self) -> Self:
        """Return a copy of this run that goes on independently."""
        other = copy.copy(self)
        other.journal, other.commands, other.reports = [*self.journal], [*self.commands], [*self.reports]
        other.tried, other.late = {**self.tried}, [*self.late]
        other.held, other.answered = {*self.held}, {*self.answered}
        ledger = self.ledger
        other.ledger = replace(ledger, done={*ledger.done}, undone={*ledger.undone}, log=[*ledger.log])
        return other

    def report(self, report: Report) -> Decision:
        """Report something now.

        Raises:
            Refused: as ``decide`` does.
        """
        decision = decide(self.saga, self.state, report, self.at)
        self.reports.append((self.at, report))
        self.state = decision.state
        self.journal.extend(decision.entries)
        self.commands.extend(decision.commands)
        return decision

    def report_later(self, at: float, report: Report) -> None:
        """Report something when the clock shows ``at``."""
        self.late.append((at, report))

    def next_fault(self, name: str, direction: Direction) -> InjectedFault:
        """Count an attempt that begins now, and return the fault that the script has for it."""
        planned, number = self.script.get((name, direction), ()), self.tried.get((name, direction), 0)
        self.tried[name, direction] = number + 1
        return planned[number] if number < len(planned) else InjectedFault.NONE


def _without_guesses(saga: Saga, outputs: Mapping[str, object]) -> Saga:
    """Return the saga without ``fails_when`` where the output is invented: it says nothing about a real answer."""
    guessed = {name for name, step in saga.steps.items() if step.fails_when and name not in outputs}
    if not guessed:
        return saga
    segments = tuple(
        replace(
            segment,
            steps=tuple(replace(step, fails_when={}) if step.name in guessed else step for step in segment.steps),
        )
        for segment in saga.segments
    )
    return saga.trusted(saga, segments=segments)
