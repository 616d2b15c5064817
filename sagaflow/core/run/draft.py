"""Collects the facts and the commands of one decision, and keeps the state up to date with the facts."""

from sagaflow.core.definition.graph import Graph
from sagaflow.core.definition.saga import Saga, Segment, Step
from sagaflow.core.run.commands import Command, RecordRollback
from sagaflow.core.run.decision import Decision
from sagaflow.core.run.evolve import apply, thawed
from sagaflow.core.run.facts import (
    STEP_FACTS,
    CancelRequested,
    EventReceived,
    Fact,
    ResumeRequested,
    RollbackBegan,
    RollbackWithdrawn,
    RunStarted,
    SavepointRestored,
)
from sagaflow.core.run.journal import Entry
from sagaflow.core.run.state import RunState, StepState
from sagaflow.core.run.steps import Steps

__all__ = ["Draft"]

TURNS = frozenset(
    {RunStarted, EventReceived, RollbackBegan, RollbackWithdrawn, SavepointRestored, CancelRequested, ResumeRequested}
)
"""The facts after which steps may start that come after no step of the decision."""


class Draft:
    """The draft of one decision. It lives for one call of ``decide``."""

    def __init__(self, saga: Saga, state: RunState, at: float) -> None:
        self.saga = saga
        self.state = state
        self.clock = at
        """The time at which the decision is made, and the time of its journal entries."""
        self.at = at
        """The time from which delays and timeouts count: ``clock``, or that of a limit which passed before."""
        self.gone: dict[str, str] = {}
        """The workers that are known to have died, each with the words for how."""
        self.repeated = False
        """The run took an event with the ID of the reported one, longer ago than its snapshot remembers."""
        self.cause = 0
        """The number of the entry that causes what is recorded next; 0: a report from outside."""
        self.last_event: dict[str, str] = {}
        """The event that was delivered last to each step in this decision."""
        self.back_event = ""
        """The latest failure or compensation event of this decision."""
        self.full = not (isinstance(state.steps, Steps) and state.steps.looked)
        """Any step may have become next, and not only one after a step that this decision has touched."""
        self.touched: list[str] = []
        """The steps that changed since ``forward.advance`` looked at what comes after them."""
        self._entries: list[Entry] = []
        self._commands: list[Command] = []

    def record(self, fact: Fact, *, causes: bool = False) -> int:
        """Append a fact and return its number. With ``causes``, the facts that follow are caused by it."""
        entry = Entry(self.state.seq + 1, self.clock, self.cause, fact)
        # The first fact copies the steps, and the others change the copy: the state that was given stays as it is.
        self.state = apply(self.saga, self.state if self._entries else thawed(self.state), entry)
        self._entries.append(entry)
        if type(fact) in STEP_FACTS:
            self.touched.append(fact.step)  # type: ignore[union-attr]  # those have one
        self.full = self.full or type(fact) in TURNS
        if causes:
            self.cause = entry.seq
        return entry.seq

    def command(self, command: Command) -> None:
        """Have the shell run a command at commit."""
        # Each step that gets stuck writes a rollback record. The latest one contains the others, and replaces them.
        if isinstance(command, RecordRollback) and command.record["outcome"] == "stuck":
            self._commands = [other for other in self._commands if not _says_less(other, command)]
        if command not in self._commands:
            self._commands.append(command)

    def turn_to(self, moment: float) -> None:
        """Go to a time limit: what is recorded next counts from ``moment``, and nothing before has caused it."""
        self.at, self.cause, self.last_event, self.back_event = moment, 0, {}, ""

    def decision(self, passed: int) -> Decision:
        """Return the decision; its first ``passed`` entries are about time limits that passed before the report."""
        if self._entries and isinstance(self.state.steps, Steps):
            self.state.steps.looked = True
        return Decision(self.state, tuple(self._entries), tuple(self._commands), passed)

    @property
    def recorded(self) -> int:
        """Return the number of facts so far."""
        return len(self._entries)

    @property
    def graph(self) -> Graph:
        """Return the graph of the definition."""
        return self.saga.graph

    def step(self, name: str) -> Step:
        """Return the definition of a step."""
        return self.saga.steps[name]

    def step_state(self, name: str) -> StepState:
        """Return the state of a step at this point of the decision."""
        return self.state.steps[name]

    def segment(self, name: str) -> Segment:
        """Return the segment of a step."""
        return self.graph.segment_of[name]


def _says_less(other: Command, than: RecordRollback) -> bool:
    """Say whether ``other`` is an earlier record of the same rollback, made while fewer of its steps were stuck."""
    same = ("outcome", "number")
    return isinstance(other, RecordRollback) and all(other.record[name] == than.record[name] for name in same)
