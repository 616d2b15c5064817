"""A run held by one worker between its own commits, without a lock.

The worker decides on what it wrote last, and nothing keeps others from changing the run meanwhile: the write is a
compare-and-swap on ``seq``, and the caller begins again under the lock if another transaction came first. ``held``
answers ``None`` where only the lock will do:

- inside a transaction of the caller, which may roll back what this worker holds;
- for a saga with sub-sagas: a child that ends makes its parent due without a journal entry, so that ``seq`` does not
  tell;
- for a transactional action, which is performed under the lock (see ``engine.worker``).

It reads the run again, without a lock, when the time of its latest read is too old for an estimate, or when a lease is
over: only the database knows which workers are gone.
"""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from functools import lru_cache

from django.db import connection, transaction

from sagaflow.core.run.commands import NotifyParent, StartAgain
from sagaflow.core.run.state import Direction
from sagaflow.core.run.steps import tally_of
from sagaflow.counting import counted
from sagaflow.store import definitions
from sagaflow.store.errors import Overtaken
from sagaflow.store.runs.creating import start_again
from sagaflow.store.runs.locked_run import LockedRun
from sagaflow.store.runs.locking import opened, opened_together
from sagaflow.store.runs.past_attempts import kept
from sagaflow.store.runs.saving import save, save_together

__all__ = ["held", "held_together", "save_held", "save_held_together"]

logger = counted("sagaflow.store")


def held(run_id: str, before: LockedRun | None) -> LockedRun | None:
    """Return the run for the next decision, without a lock; ``None``: it has to be locked.

    ``before``: the run as this worker saved it last.

    Raises:
        UnknownRun: there is no such run.
    """
    if not connection.get_autocommit():
        return None
    run = (before and _carried(before)) or opened(run_id, lock=False)
    return None if _has_children(run.saga.digest) else run


def held_together(before: Mapping[str, LockedRun | None]) -> dict[str, LockedRun]:
    """Return different runs as ``held`` does, by ID; those that have to be locked are missing.

    ``before``: run ID → the run as this worker saved it last. The others are read in one statement. Only on PostgreSQL.
    """
    if not connection.get_autocommit():
        return {}
    carried = {run_id: run and _carried(run) for run_id, run in before.items()}
    unread = [run_id for run_id, run in carried.items() if run is None]
    runs = {**carried, **(opened_together(unread) if unread else {})}
    return {run_id: run for run_id, run in runs.items() if run is not None and not _has_children(run.saga.digest)}


def save_held(run: LockedRun) -> bool:
    """Save the decisions of a run that ``held`` returned. Return ``False`` if nothing was written.

    The threads of a process that save at the same moment share a commit (``group_commit``), where one statement saves
    all. What is in other tables than those of that statement needs a transaction: the wake of the parent, the next run
    of a retry, the IDs of events that the snapshot no longer contains.
    """
    if not run.decisions:
        return not run.estimated  # nothing to do, as a read just now says; what was held may be behind
    shared = _is_one_statement(run)
    with nullcontext() if shared else transaction.atomic():
        try:
            save(run, shared=shared)
        except Overtaken:
            return False
        start_again(run)
    return True


def save_held_together(runs: Sequence[LockedRun]) -> list[bool]:
    """Save the decisions of different runs as ``save_held`` does, in one statement, which waits for no lock.

    ``False``: nothing was written of this run. Another transaction was first or has locked it, or it does not fit into
    the statement, or the statement failed. Then its caller makes the change under the lock, which tells the error.
    """
    together = [run for run in runs if run.decisions and _is_one_statement(run)]
    saved: dict[str, bool] = {}
    if together:
        try:
            saved = dict(zip((run.run_id for run in together), save_together(together), strict=True))
        except Exception as error:  # noqa: BLE001 - each run is saved alone, and the guilty one gets its error
            name = type(error).__name__  # its message may quote data of a run
            logger.info("A statement for %d runs failed with %s; each is saved alone.", len(together), name)
    return [saved.get(run.run_id, False) if run.decisions else save_held(run) for run in runs]


def _carried(before: LockedRun) -> LockedRun | None:
    """Return the run as its worker left it, at an estimated time; ``None``: it has to be read."""
    at = before.reading.later() if before.reading else None
    if at is None:
        return None
    at, state = max(at, before.at), before.state
    leased = (state.steps[name] for name in tally_of(before.saga, state).open)
    if any(step.lease_until is not None and step.lease_until <= at for step in leased):
        return None
    return LockedRun(
        before.run_id,
        before.saga,
        state,
        at,
        state.seq,
        before.head,
        before.parent_id,
        before.number,
        reading=before.reading,
        estimated=True,
        tried=before.tried,
        own_attempts=kept(before),
    )


@lru_cache(maxsize=1024)
def _has_children(digest: str) -> bool:
    """True if a step of the saga runs another saga, or rolls one back."""
    works = [step.work(direction) for step in definitions.of(digest).steps.values() for direction in Direction]
    return any(work.runs or work.rolls_child_back for work in works)


def _is_one_statement(run: LockedRun) -> bool:
    """True if one statement writes all that is saved with the run."""
    others = (StartAgain,) if run.parent_id is None else (StartAgain, NotifyParent)
    beside = run.outgrown or any(isinstance(command, others) for command in run.commands)
    return connection.vendor == "postgresql" and not beside
