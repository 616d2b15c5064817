"""Writing down what was decided: snapshot, journal, and the duties that have to happen in the same transaction."""

from sagaflow.core.run.commands import Hint, NotifyParent, RecordRollback
from sagaflow.core.run.queries import due_services
from sagaflow.store.errors import Overtaken
from sagaflow.store.runs import children, outbox, records, rows, seen_events
from sagaflow.store.runs.locked_run import Due, Held

__all__ = ["append", "save"]


def save(held: Held) -> None:
    """Write the decisions of ``held``; nothing was decided: nothing is written.

    Raises:
        Overtaken: the run is no longer where it was read.
    """
    if not held.decisions:
        return
    chained = rows.chained(held.head, held.entries)
    held.head = chained[-1][-1]
    if not rows.update(held, children.wake_time(held)):
        raise Overtaken(held.run_id, held.seq)
    append(held, chained)


def append(held: Held, chained: list[rows.Chained]) -> None:
    """Write the journal and do the duties; the row of the run has been written."""
    rows.insert_journal(held.run_id, chained)
    seen_events.keep(held.run_id, held.outgrown)
    held.observed += outbox.add(held)
    held.changed.append((held.run_id, held.state.seq, held.state.status.value))
    claimable = due_services(held.saga, held.state, held.at)
    for command in held.commands:
        match command:
            case Hint(service=service, due_at=at) if at <= held.at and service in claimable:
                held.due.append(Due(held.run_id, service, held.at))
            case RecordRollback(seq=seq, record=record):
                records.add(held, seq, record)
            case NotifyParent():
                held.due += children.notify(held)
