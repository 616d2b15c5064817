"""A locked run in one transaction: its state, the decisions made so far, and the hints to send after the commit."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sagaflow.core.definition.saga import Saga
from sagaflow.core.run.commands import Command, StartAgain
from sagaflow.core.run.decide import decide
from sagaflow.core.run.decision import Decision
from sagaflow.core.run.journal import Entry
from sagaflow.core.run.reports import EventReceived, Report
from sagaflow.core.run.state import REMEMBERED, RunState
from sagaflow.store.clock import Reading
from sagaflow.store.masks import covering
from sagaflow.store.runs import seen_events

__all__ = ["Due", "LockedRun"]


class Due(NamedTuple):
    """Work that a worker of ``service`` (``""``: any) may claim from ``due_at`` on, seconds since the epoch."""

    run_id: str
    service: str
    due_at: float


@dataclass(slots=True)
class LockedRun:
    """A run for the length of one transaction: ``take`` decides about reports; leaving ``locked`` saves."""

    run_id: str
    saga: Saga
    state: RunState
    at: float
    """The database's time at the start of the transaction, or a sound estimate of it (``estimated``)."""
    seq: int
    """The number of the latest journal entry in the database."""
    head: str
    """The hash of that entry, or the run's ID before the first entry."""
    parent_id: str | None = None
    number: int = 0
    """The number of retries of the whole run so far."""
    before_first_report: "Callable[[LockedRun], None] | None" = None
    """Called before the first report: lets the run take the ends of its children, which are in other rows."""
    reading: Reading | None = None
    """The latest read of the database's time for this run."""
    estimated: bool = False
    """True if ``at`` was not read but estimated, so that the database has to agree when it is written."""
    tried: frozenset[str] | None = None
    """The steps that had been attempted when the run was last read; ``None``: any. See ``past_attempts``."""
    own_attempts: dict[str, list[Any]] = field(default_factory=dict)
    """Step → the facts about its attempts that this worker wrote since then, in earlier transactions."""
    gone: dict[str, str] = field(default_factory=dict)
    """Worker → how it ended, for the workers that died and whose lease is over."""
    outgrown: list[str] = field(default_factory=list)
    """Event IDs that the snapshot no longer contains."""
    decisions: list[Decision] = field(default_factory=list)
    due: list[Due] = field(default_factory=list)
    """Work that can be claimed now, filled in by saving."""
    observed: list[Due] = field(default_factory=list)
    """Events for observers, filled in by saving."""
    changed: list[tuple[str, int, str]] = field(default_factory=list)
    """``(run, seq, status)``, filled in by saving."""
    _covered: Saga | None = None

    @property
    def covered(self) -> Saga:
        """The definition with the masks of its sub-sagas, see ``masks.covering``; read once in a transaction."""
        if self._covered is None:
            self._covered = covering(self.saga)
        return self._covered

    @property
    def entries(self) -> list[Entry]:
        """The journal entries of this transaction."""
        return [entry for decision in self.decisions for entry in decision.entries]

    @property
    def commands(self) -> list[Command]:
        """The commands of this transaction, which saving carries out."""
        return [command for decision in self.decisions for command in decision.commands]

    @property
    def starts_again(self) -> StartAgain | None:
        """The command to retry the whole run, or ``None`` if there is none or no retry is left."""
        commands = (command for command in self.commands if isinstance(command, StartAgain))
        return next((command for command in commands if self.number < command.retries), None)

    def take(self, report: Report, *, happened: float | None = None) -> Decision:
        """Decide about a report, on top of the reports before it. ``happened``: as for ``decide``.

        Raises:
            Refused: the report does not apply; nothing changed.
        """
        prepare, self.before_first_report = self.before_first_report, None
        if prepare is not None:
            prepare(self)
        repeated = isinstance(report, EventReceived) and self._took_long_ago(report.event_id)
        decision = decide(
            self.covered, self.state, report, self.at, happened=happened, gone=self.gone, repeated=repeated
        )
        if decision.entries:
            self.outgrown += [event_id for event_id in self.state.seen if event_id not in decision.state.seen]
            self.state = decision.state
            self.decisions.append(decision)
        return decision

    def took(self, event_id: str) -> bool:
        """Return true if the run took an event with this ID, however long ago."""
        return event_id in self.state.seen or self._took_long_ago(event_id)

    def _took_long_ago(self, event_id: str) -> bool:
        """True if the run took the event and its snapshot no longer contains the ID; only a full snapshot drops IDs."""
        if not event_id or len(self.state.seen) < REMEMBERED:
            return False
        return event_id in self.outgrown or seen_events.knows(self.run_id, event_id)
