"""Writing down what was decided: snapshot, journal, and the duties that have to happen in the same transaction."""

from sagaflow.core.run.commands import Hint, NotifyParent, RecordRollback
from sagaflow.core.run.queries import due_services
from sagaflow.store.errors import Overtaken
from sagaflow.store.runs import children, outbox, records, rows, seen_events
from sagaflow.store.runs.locked_run import Due, LockedRun

__all__ = ["append", "save"]


def save(run: LockedRun) -> None:
    """Write the decisions of ``run``; nothing was decided: nothing is written.

    Raises:
        Overtaken: the run is no longer where it was read.
    """
    if not run.decisions:
        return
    chained = rows.chained(run.head, run.entries)
    run.head = chained[-1][-1]
    if not rows.update(run, children.wake_time(run)):
        raise Overtaken(run.run_id, run.seq)
    append(run, chained)


def append(run: LockedRun, chained: list[rows.Chained]) -> None:
    """Write the journal and do the duties; the row of the run has been written."""
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
