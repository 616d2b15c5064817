"""A decision in the making: records facts, keeps the state their fold, and collects the commands."""

from sagaflow.core.definition.graph import Graph
from sagaflow.core.definition.saga import Saga, Segment, Step
from sagaflow.core.run.commands import Command, RecordRollback
from sagaflow.core.run.decision import Decision
from sagaflow.core.run.evolve import evolve
from sagaflow.core.run.facts import Fact
from sagaflow.core.run.journal import Entry
from sagaflow.core.run.state import RunState, StepState

__all__ = ["Draft"]


class Draft:
    """Lives for one call of ``decide``."""

    def __init__(self, saga: Saga, state: RunState, at: float) -> None:
        self.saga = saga
        self.state = state
        self.clock = at
        """When the decision is made: the time of its entries."""
        self.at = at
        """The moment that is reckoned from: the clock's, or that of a limit which passed before."""
        self.gone: dict[str, str] = {}
        """The workers that are known to have died, and how."""
        self.repeated = False
        """Whether the run took an event with the ID of the reported one long ago."""
        self.cause = 0
        """The entry that causes what is recorded next; 0: a report from outside."""
        self.last_event: dict[str, str] = {}
        """By step: the event that was delivered to it last in this decision."""
        self.back_event = ""
        """The latest failure or compensation event of this decision."""
        self._entries: list[Entry] = []
        self._commands: list[Command] = []

    def record(self, fact: Fact, *, causes: bool = False) -> int:
        """Append a fact; with ``causes``, what follows is caused by it. Returns its number."""
        entry = Entry(self.state.seq + 1, self.clock, self.cause, fact)
        self.state = evolve(self.saga, self.state, entry)
        self._entries.append(entry)
        if causes:
            self.cause = entry.seq
        return entry.seq

    def command(self, command: Command) -> None:
        """Ask the shell for something at commit. Of the records of steps that got stuck, the last one tells all."""
        if isinstance(command, RecordRollback) and command.record["outcome"] == "stuck":
            self._commands = [other for other in self._commands if not _says_less(other, command)]
        if command not in self._commands:
            self._commands.append(command)

    def turn_to(self, moment: float) -> None:
        """What is recorded next is caused by nothing before it, and reckons from ``moment``."""
        self.at, self.cause, self.last_event, self.back_event = moment, 0, {}, ""

    def decision(self, passed: int = 0) -> Decision:
        """What was decided, the first ``passed`` entries by the time that passed before the report."""
        return Decision(self.state, tuple(self._entries), tuple(self._commands), passed)

    @property
    def recorded(self) -> int:
        """How many facts there are so far."""
        return len(self._entries)

    @property
    def graph(self) -> Graph:
        """The resolved graph of the definition."""
        return self.saga.graph

    def step(self, name: str) -> Step:
        """The definition of a step."""
        return self.saga.steps[name]

    def step_state(self, name: str) -> StepState:
        """The state of a step at this point of the decision."""
        return self.state.steps[name]

    def segment(self, name: str) -> Segment:
        """The segment of a step."""
        return self.graph.segment_of[name]


def _says_less(other: Command, than: RecordRollback) -> bool:
    """Whether ``other`` is the record of the same rollback, made while fewer of its steps were stuck."""
    same = ("outcome", "number")
    return isinstance(other, RecordRollback) and all(other.record[name] == than.record[name] for name in same)
