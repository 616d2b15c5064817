"""A decision of the core: the new state, the journal entries that lead to it, and the commands to run at commit."""

from dataclasses import dataclass

from sagaflow.core.run.commands import Command
from sagaflow.core.run.facts import SignalIgnored
from sagaflow.core.run.journal import Entry
from sagaflow.core.run.state import RunState

__all__ = ["Decision"]


@dataclass(frozen=True, slots=True)
class Decision:
    """``state`` is the old state after ``entries``. If ``entries`` is empty, nothing has changed."""

    state: RunState
    entries: tuple[Entry, ...] = ()
    commands: tuple[Command, ...] = ()
    passed: int = 0
    """The number of entries for time limits that passed before the report. The report's own entries follow them."""

    @property
    def ignored(self) -> SignalIgnored | None:
        """Return the fact that says why the report changed nothing; ``None``: it changed something."""
        own = self.entries[self.passed :]
        return own[0].fact if own and isinstance(own[0].fact, SignalIgnored) else None
