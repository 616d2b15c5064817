"""The answer of the core: the new state, the entries that led there, and what the shell has to do at commit."""

from dataclasses import dataclass

from sagaflow.core.run.commands import Command
from sagaflow.core.run.facts import SignalIgnored
from sagaflow.core.run.journal import Entry
from sagaflow.core.run.state import RunState

__all__ = ["Decision"]


@dataclass(frozen=True, slots=True)
class Decision:
    """``state`` is the fold of ``entries`` over the state before; an empty ``entries`` means that nothing changed."""

    state: RunState
    entries: tuple[Entry, ...] = ()
    commands: tuple[Command, ...] = ()
    passed: int = 0
    """How many of the entries are of limits that passed before the report; the report's own come after them."""

    @property
    def ignored(self) -> SignalIgnored | None:
        """Why the report changed nothing, if it did not."""
        own = self.entries[self.passed :]
        return own[0].fact if own and isinstance(own[0].fact, SignalIgnored) else None
