"""Save the decisions about a run. One transaction, the caller's, contains everything that follows from a decision:

- the row of the run: snapshot, derived columns and the time of the next wake (compare and swap on ``seq``);
- the journal entries, each chained to the one before by its hash;
- the IDs of events that the snapshot no longer contains;
- an outbox row per published event for the output stream and for each observer and subscriber;
- the rollback record, if a rollback ended or is stuck;
- the wake of the parent, if the run ended as a sub-saga; the next run, if the whole run is retried (``start_again``).

Hints to brokers are sent after the commit. They can be lost: the sweeper reads what is due from these rows.
"""

from sagaflow.core.run.commands import Hint, NotifyParent, RecordRollback
from sagaflow.core.run.queries import due_services
from sagaflow.store.errors import Overtaken
from sagaflow.store.runs import children, outbox, records, rows, seen_events
from sagaflow.store.runs.locked_run import Due, LockedRun

__all__ = ["append", "save"]


def save(run: LockedRun) -> None:
    """Save the decisions of ``run``; without a decision nothing is written.

    Raises:
        Overtaken: another process changed the run since it was read.
    """
    if not run.decisions:
        return
    chained = rows.chained(run.head, run.entries)
    run.head = chained[-1][-1]
    if not rows.update(run, children.wake_time(run)):
        raise Overtaken(run.run_id, run.seq)
    append(run, chained)


def append(run: LockedRun, chained: list[rows.Chained]) -> None:
    """Save everything except the row of the run, which is written already."""
    rows.insert_journal(run.run_id, chained)
    seen_events.keep(run.run_id, run.outgrown)
    run.observed += outbox.add(run)
    run.changed.append((run.run_id, run.state.seq, run.state.status.value))
    claimable = due_services(run.saga, run.state, run.at)
    for command in run.commands:
        match command:
            case Hint(service=service, due_at=at) if at <= run.at and service in claimable:
                run.due.append(Due(run.run_id, service, run.at))
            case RecordRollback(seq=seq, record=record):
                records.add(run, seq, record)
            case NotifyParent():
                run.due += children.notify(run)
            case _:
                pass
