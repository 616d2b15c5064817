"""The transaction of one run: lock it, let the caller decide, save the decisions, commit."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from django.db import transaction

from sagaflow.store import definitions
from sagaflow.store.errors import UNREADABLE, UnknownRun
from sagaflow.store.runs import children, presence, rows
from sagaflow.store.runs.creating import start_again
from sagaflow.store.runs.locked_run import LockedRun
from sagaflow.store.runs.past_attempts import attempted
from sagaflow.store.runs.saving import save

__all__ = ["locked", "opened", "opened_together"]


@contextmanager
def locked(run_id: str, *, savepoint: bool = True) -> Iterator[LockedRun]:
    """Lock the run for one transaction, and save the decisions at its end, unless an error leaves the block.

    Raises:
        UnknownRun: there is no such run.
        Overtaken: another process changed the run in spite of the lock; nothing was written.
    """
    with transaction.atomic(savepoint=savepoint):
        run = opened(run_id)
        yield run
        save(run)
        start_again(run)


def opened(run_id: str, *, lock: bool = True) -> LockedRun:
    """Read a run; ``lock`` it until the end of the transaction.

    Raises:
        UnknownRun: there is no such run.
    """
    row = rows.read(run_id, lock=lock)
    if row is None:
        raise UnknownRun(run_id)
    return _opened(run_id, row)


def opened_together(run_ids: Sequence[str]) -> dict[str, LockedRun]:
    """Read runs by ID, without a lock, in one statement of PostgreSQL. Runs that cannot be read are missing."""
    found = {}
    for run_id, row in rows.read_together(run_ids).items():
        with suppress(*UNREADABLE):  # ``opened`` raises it for this run
            found[run_id] = _opened(run_id, row)
    return found


def _opened(run_id: str, row: rows.Row) -> LockedRun:
    saga, state = definitions.of(row.digest), rows.read_state(row.snapshot)
    at = row.reading.at
    return LockedRun(
        run_id,
        saga,
        state,
        at,
        row.seq,
        row.head,
        row.parent_id,
        row.number,
        before_first_report=children.take_child_ends,
        reading=row.reading,
        tried=attempted(state),
        gone=presence.gone(state, at),
    )
