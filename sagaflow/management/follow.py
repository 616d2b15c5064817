"""Following a run by its journal: what was missed is caught up by number, so that nothing is lost between two looks."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Event

from sagaflow.core.definition.saga import Saga
from sagaflow.core.run.journal import Entry
from sagaflow.core.run.state import RunState, RunStatus
from sagaflow.core.words.sentences import reason
from sagaflow.management.output import Exit

__all__ = ["Look", "code_of", "follow", "verdict"]

INTERVAL = 0.25
"""Seconds between two looks."""


@dataclass(frozen=True, slots=True)
class Look:
    """A run at one moment."""

    saga: Saga
    state: RunState
    fresh: tuple[Entry, ...]
    """The journal entries since the look before."""


def follow(
    run_id: str, *, after: int = 0, until_parked: bool = False, timeout: float | None = None, interval: float = INTERVAL
) -> Iterator[Look]:
    """Looks at the run whenever it went on, until it ends, or ``timeout`` seconds are over.

    ``until_parked``: also until only a person gets it on.

    Raises:
        UnknownRun: there is no such run.
    """
    from sagaflow import store

    over = None if timeout is None else time.monotonic() + timeout
    pause, seen = Event(), after
    while True:
        saga, state = store.state(run_id)
        fresh = tuple(entry for entry in store.journal(run_id, seen) if entry.seq <= state.seq)
        seen = max(seen, state.seq)
        if fresh or seen == after:
            yield Look(saga, state, fresh)
        if state.status.ended or (until_parked and waits_for_person(state)):
            return
        if over is not None and time.monotonic() >= over:
            return
        pause.wait(interval if over is None else max(0.0, min(interval, over - time.monotonic())))


def waits_for_person(state: RunState) -> bool:
    """Whether nothing goes on but by a person."""
    return state.status.needs_person and not any(step.status.working for step in state.steps.values())


def code_of(state: RunState) -> Exit:
    """0 for a completed run, 1 for every other outcome, and for none yet."""
    return Exit.OK if state.status is RunStatus.COMPLETED else Exit.FAILED


def verdict(run_id: str, state: RunState) -> str:
    """One sentence about where the run has got."""
    status, rollback = state.status, state.rollback
    if status is RunStatus.COMPLETED:
        return f"Run {run_id} is completed."
    if status.needs_person:
        undo = "the undo of " if status is RunStatus.STUCK else ""
        open_ = [undo + name for name, step in state.steps.items() if step.status.value == status.value]
        return (
            f"Run {run_id} is {status.value} at {', '.join(open_)} and needs a person; "
            f"`sagaflow show {run_id[:8]}` says what can be done."
        )
    if not status.ended:
        return f"Run {run_id} is {status.value.replace('_', ' ')} and has not ended yet."
    why = f": {reason(rollback.code, rollback.message.rstrip('.'), rollback.step)}" if rollback else ""
    return f"Run {run_id} is {status.value.replace('_', ' ')}{why}."
