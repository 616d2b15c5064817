"""The answer of the core: the new state, the entries that led there, and what the shell has to do at commit."""

from dataclasses import dataclass

from sagaflow.core.commands import Command
from sagaflow.core.journal import Entry
from sagaflow.core.state import RunState

__all__ = ["Decision"]


@dataclass(frozen=True, slots=True)
class Decision:
    """``state`` is the fold of ``entries`` over the state before; an empty ``entries`` means that nothing changed."""

    state: RunState
    entries: tuple[Entry, ...] = ()
    commands: tuple[Command, ...] = ()
