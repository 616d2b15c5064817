"""One run in virtual time, as scripted participants see it: its state, the clock, the script and their books."""

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Self

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
    """Whoever takes part reports to it. What happens next is the business of the ``Simulator``.

    ``outputs`` are the outputs of the actions by step; without, an action returns a text for each output it declares.
    """

    def __init__(
        self,
        saga: Saga,
        *,
        script: Script | None = None,
        inputs: Any = None,
        outputs: Mapping[str, Any] | None = None,
    ) -> None:
        self.saga = saga
        self.script = script or {}
        self.outputs = outputs or {}
        self.state = RunState.of(saga)
        self.at = START
        self.journal: list[Entry] = []
        self.commands: list[Command] = []
        self.ledger = Ledger()
        self.tried: dict[tuple[str, Direction], int] = {}
        """How many attempts of each direction of each step there were."""
        self.held: set[tuple[str, Direction]] = set()
        """What a worker has taken and not yet carried out."""
        self.answered: set[tuple[str, Direction, int]] = set()
        """The waits, by their token, that the world outside has dealt with."""
        self.reports: list[tuple[float, Report]] = []
        """All that was reported, with its time: ``decide`` led through it comes to the same state."""
        self.late: list[tuple[float, Report]] = []
        """What is on its way, with the time at which it arrives."""
        self.report(RunRequested(input=inputs))

    def fork(self) -> Self:
        """A run of its own that has come as far as this one."""
        other = copy.copy(self)
        other.journal, other.commands, other.reports = [*self.journal], [*self.commands], [*self.reports]
        other.tried, other.late = {**self.tried}, [*self.late]
        other.held, other.answered = {*self.held}, {*self.answered}
        books = self.ledger
        other.ledger = replace(books, done={*books.done}, undone={*books.undone}, log=[*books.log])
        return other

    def report(self, report: Report) -> Decision:
        """Let something happen now.

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
        """Let something happen when the clock shows ``at``."""
        self.late.append((at, report))

    def next_fault(self, name: str, direction: Direction) -> InjectedFault:
        """What the script says about the attempt that begins now."""
        planned, number = self.script.get((name, direction), ()), self.tried.get((name, direction), 0)
        self.tried[name, direction] = number + 1
        return planned[number] if number < len(planned) else InjectedFault.NONE
