"""A run in the hands of one transaction: what was read, what was decided, what is to be announced after the commit."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from sagaflow.core.definition.saga import Saga
from sagaflow.core.run.commands import Command, StartAgain
from sagaflow.core.run.decide import decide
from sagaflow.core.run.decision import Decision
from sagaflow.core.run.journal import Entry
from sagaflow.core.run.reports import EventReceived, Report
from sagaflow.core.run.state import REMEMBERED, RunState
from sagaflow.store.runs import seen_events

__all__ = ["Due", "LockedRun"]


class Due(NamedTuple):
    """Work that a worker of ``service`` (``""``: any) may claim from ``due_at`` on, seconds since the epoch."""

    run_id: str
    service: str
    due_at: float


@dataclass(slots=True)
class LockedRun:
    """Lives for one transaction. ``take`` decides; leaving ``locked`` saves."""

    run_id: str
    saga: Saga
    state: RunState
    at: float
    """The database's time at the beginning of the transaction."""
    seq: int
    """The latest journal entry in the database."""
    head: str
    """Its hash, or the run's ID before the first."""
    parent_id: str | None = None
    number: int = 0
    """Counts the retries of the whole run."""
    hear: "Callable[[LockedRun], None] | None" = None
    """Called before the first report: lets the run take what happened before it, and lies in other rows."""
    gone: dict[str, str] = field(default_factory=dict)
    """The workers that died and whose lease is over."""
    outgrown: list[str] = field(default_factory=list)
    """Event IDs that the snapshot no longer holds."""
    decisions: list[Decision] = field(default_factory=list)
    due: list[Due] = field(default_factory=list)
    """Work for now, filled in by saving."""
    observed: list[Due] = field(default_factory=list)
    """Events for observers, filled in by saving."""
    changed: list[tuple[str, int, str]] = field(default_factory=list)
    """``(run, seq, status)``, filled in by saving."""

    @property
    def entries(self) -> list[Entry]:
        """What was recorded in this transaction."""
        return [entry for decision in self.decisions for entry in decision.entries]

    @property
    def commands(self) -> list[Command]:
        """What the shell has to do in this transaction."""
        return [command for decision in self.decisions for command in decision.commands]

    @property
    def starts_again(self) -> StartAgain | None:
        """That the whole run is to be tried again, if tries are left."""
        asked = (command for command in self.commands if isinstance(command, StartAgain))
        return next((command for command in asked if self.number < command.retries), None)

    def take(self, report: Report, *, happened: float | None = None) -> Decision:
        """Decide about a report; the next one is decided on top of it. ``happened``: as for ``decide``.

        Raises:
            Refused: the report does not apply; nothing changed.
        """
        hear, self.hear = self.hear, None
        if hear is not None:
            hear(self)
        repeated = isinstance(report, EventReceived) and self._took_long_ago(report.event_id)
        decision = decide(self.saga, self.state, report, self.at, happened=happened, gone=self.gone, repeated=repeated)
        if decision.entries:
            self.outgrown += [each for each in self.state.seen if each not in decision.state.seen]
            self.state = decision.state
            self.decisions.append(decision)
        return decision

    def _took_long_ago(self, event_id: str) -> bool:
        """Only a snapshot that is full can have outgrown an ID."""
        if not event_id or len(self.state.seen) < REMEMBERED:
            return False
        return event_id in self.outgrown or seen_events.knows(self.run_id, event_id)
