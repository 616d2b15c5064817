"""Save the decisions about a run. One transaction, the caller's, contains everything that follows from a decision:

- the row of the run: snapshot, derived columns and the time of the next wake (compare and swap on ``seq``);
- the journal entries, each chained to the one before by its hash;
- the IDs of events that the snapshot no longer contains;
- an outbox row per published event for the output stream and for each observer and subscriber;
- the rollback record, if a rollback ended or is stuck;
- the wake of the parent, if the run ended as a sub-saga; the next run, if the whole run is retried (``start_again``).

Hints to brokers are sent after the commit. They can be lost: the sweeper reads what is due from these rows.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.db import connection

from sagaflow.core.definition.subscriber import service_of
from sagaflow.core.run.commands import Hint, NotifyParent, RecordRollback
from sagaflow.core.run.queries import due_services
from sagaflow.store.errors import Overtaken
from sagaflow.store.runs import children, group_commit, outbox, records, rows, seen_events, writing
from sagaflow.store.runs.locked_run import Due, LockedRun
from sagaflow.store.runs.writing_together import write_together

__all__ = ["New", "save", "save_together", "write", "write_new"]


class New(NamedTuple):
    """A run that has decided about its start, its columns and its search attributes."""

    run: LockedRun
    columns: Mapping[str, Any]
    search: Sequence[Mapping[str, str]]


def save(run: LockedRun, *, shared: bool = False) -> None:
    """Save the decisions of ``run``; without a decision nothing is written.

    ``shared``: one statement saves all of it outside of a transaction, and the changes of other threads may be in it.

    Raises:
        Overtaken: another process changed the run since it was read.
    """
    if not run.decisions:
        return
    columns = rows.derived(run, children.wake_time(run))
    if not write(run, columns, seq=run.seq, shared=shared):
        raise Overtaken(run.run_id, run.seq)


def save_together(runs: Sequence[LockedRun]) -> list[bool]:
    """Save the decisions of different runs in one statement of PostgreSQL; ``False`` for those that were overtaken."""
    changes = [_change(run, rows.derived(run, children.wake_time(run)), run.seq, ()) for run in runs]
    answers = zip(runs, changes, write_together(changes), strict=True)
    return [_finish(run, change, listeners) for run, change, listeners in answers]


def write(
    run: LockedRun,
    columns: Mapping[str, Any],
    *,
    seq: int | None,
    search: Sequence[Mapping[str, str]] = (),
    shared: bool = False,
) -> bool:
    """Write the run and all that is saved with it. Return ``False`` if nothing was written (see ``writing.write``).

    ``seq``: the number of its latest journal entry before; ``None``: the run is new.
    """
    change = _change(run, columns, seq, search)
    listeners = group_commit.write(change) if shared else writing.write(change)
    return _finish(run, change, listeners)


def write_new(runs: Sequence[New]) -> list[bool]:
    """Write different new runs, in one statement on PostgreSQL; return for each what ``write`` would return."""
    changes = [_change(new.run, new.columns, None, new.search) for new in runs]
    write = write_together if connection.vendor == "postgresql" else _one_by_one
    answers = zip(runs, changes, write(changes), strict=True)
    return [_finish(new.run, change, listeners) for new, change, listeners in answers]


def _one_by_one(changes: Sequence[writing.Write]) -> list[list[str] | None]:
    return [writing.write(change) for change in changes]


def _change(
    run: LockedRun, columns: Mapping[str, Any], seq: int | None, search: Sequence[Mapping[str, str]]
) -> writing.Write:
    chained = rows.chained(run.head, run.entries)
    return writing.Write(
        run_id=run.run_id,
        saga=run.saga.name,
        seq=seq,
        columns={**columns, "head": chained[-1][-1]},
        journal=chained,
        outbox=outbox.published(run),
        at=run.at,
        records=[
            records.row(run.run_id, command.seq, command.record)
            for command in run.commands
            if isinstance(command, RecordRollback)
        ],
        search=search,
        estimated=run.estimated,
    )


def _finish(run: LockedRun, change: writing.Write, listeners: list[str] | None) -> bool:
    """Note what was written with the run, and return true, unless nothing was written."""
    if listeners is None:
        return False
    run.head = change.columns["head"]
    run.observed += [Due(run.run_id, service_of(run.saga, name), run.at) for name in listeners]
    _carry_out(run)
    return True


def _carry_out(run: LockedRun) -> None:
    """Save what the statement of the run does not, and note the hints."""
    seen_events.keep(run.run_id, run.outgrown)
    run.changed.append((run.run_id, run.state.seq, run.state.status.value))
    claimable = due_services(run.saga, run.state, run.at)
    for command in run.commands:
        match command:
            case Hint(service=service, due_at=at) if at <= run.at and service in claimable:
                run.due.append(Due(run.run_id, service, run.at))
            case NotifyParent():
                run.due += children.notify(run)
            case _:
                pass
