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
from typing import Any

from sagaflow.core.definition.subscriber import service_of
from sagaflow.core.run.commands import Hint, NotifyParent, RecordRollback
from sagaflow.core.run.queries import due_services
from sagaflow.store.errors import Overtaken
from sagaflow.store.runs import children, group_commit, outbox, records, rows, seen_events, writing
from sagaflow.store.runs.locked_run import Due, LockedRun

__all__ = ["save", "write"]


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
    chained = rows.chained(run.head, run.entries)
    head = chained[-1][-1]
    change = writing.Write(
        run_id=run.run_id,
        saga=run.saga.name,
        seq=seq,
        columns={**columns, "head": head},
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
    listeners = group_commit.write(change) if shared else writing.write(change)
    if listeners is None:
        return False
    run.head = head
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
