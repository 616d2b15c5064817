"""Follows a run by its journal. Each poll reads the entries after the last known number, so that none is lost."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Event

from sagaflow.core.definition.saga import Saga
from sagaflow.core.run.journal import Entry
from sagaflow.core.run.state import RunState, RunStatus
from sagaflow.core.words.sentences import reason
from sagaflow.management.output import Exit

__all__ = ["Snapshot", "code_of", "follow", "verdict"]

INTERVAL = 0.25
"""Seconds between two polls."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A run at one time."""

    saga: Saga
    state: RunState
    fresh: tuple[Entry, ...]
    """The journal entries since the previous snapshot."""


def follow(
    run_id: str, *, after: int = 0, until_parked: bool = False, timeout: float | None = None, interval: float = INTERVAL
) -> Iterator[Snapshot]:
    """Yield a snapshot for each change of the run, until the run ends or ``timeout`` seconds are over.

    With ``until_parked``, stop also when the run waits for an operator only.

    Raises:
        UnknownRun: the run does not exist.
    """
    from sagaflow import store

    end = None if timeout is None else time.monotonic() + timeout
    pause, seen = Event(), after
    while True:
        saga, state = store.state(run_id)
        fresh = tuple(entry for entry in store.journal(run_id, seen) if entry.seq <= state.seq)
        seen = max(seen, state.seq)
        if fresh or seen == after:
            yield Snapshot(saga, state, fresh)
        if state.status.ended or (until_parked and waits_for_operator(state)):
            return
        if end is not None and time.monotonic() >= end:
            return
        pause.wait(interval if end is None else max(0.0, min(interval, end - time.monotonic())))


def waits_for_operator(state: RunState) -> bool:
    """True if the run continues only after an operator has acted."""
    return state.status.needs_person and not any(step.status.working for step in state.steps.values())


def code_of(state: RunState) -> Exit:
    """Return 0 if the run is completed, else 1."""
    return Exit.OK if state.status is RunStatus.COMPLETED else Exit.FAILED


def verdict(run_id: str, state: RunState) -> str:
    """Return one sentence about the status of the run."""
    status, rollback = state.status, state.rollback
    if status is RunStatus.COMPLETED:
        return f"Run {run_id} is completed."
    if status.needs_person:
        undo = "the undo of " if status is RunStatus.STUCK else ""
        open_ = [undo + name for name, step in state.steps.items() if step.status.value == status.value]
        return (
            f"Run {run_id} is {status.value} at {', '.join(open_)}. Action required: "
            f"`sagaflow show {run_id[:8]}` lists the commands."
        )
    if not status.ended:
        return f"Run {run_id} is {status.words} and has not ended yet."
    why = f": {reason(rollback.code, rollback.message.rstrip('.'), rollback.step)}" if rollback else ""
    return f"Run {run_id} is {status.words}{why}."
