"""The inbox of events that found no run: each is kept for a while, and delivered when its run has started."""

from contextlib import suppress
from functools import partial

from sagaflow import store
from sagaflow.core.run.reports import EventReceived
from sagaflow.engine.transaction import change
from sagaflow.store import LockedRun, MayHave, UnknownRun, refusals

__all__ = ["addressee", "adopt", "deliver_stored_events", "keep"]


def addressee(event: str, correlation_id: str, may_have: MayHave | None = None) -> str:
    """Return the ID of the run that ``publish`` gives the event to now; empty: the event would go to the inbox."""
    with suppress(UnknownRun):
        return correlation_id if store.is_open(store.run(correlation_id).run_id) else ""
    return store.listener(correlation_id, event, may_have)[0]


def deliver_stored_events(run_id: str) -> int:
    """Deliver to a run that has not ended the events that were stored before it started; return their number."""
    waiting = store.stored_events_for(run_id) if store.is_open(run_id) else []
    taken = 0
    for event in waiting:
        took = change(run_id, partial(_take_stored, stored=event))
        if took is None:
            break
        taken += took
    return taken


def adopt() -> int:
    """Deliver stored events whose run has started meanwhile, and delete expired events. The sweeper calls it."""
    store.expire_events()
    return sum(_adopted(run_id) for run_id in store.runs_with_stored_events())


def _adopted(run_id: str) -> int:
    """Deliver the stored events of one run; an error of that run is noted with it and does not delay other runs."""
    with refusals.SuppressLasting():
        return deliver_stored_events(run_id)
    return 0


def keep(address: str, received: EventReceived, reason: str) -> bool:
    """Store an event for the run with this ID or key. Return true if that run has started meanwhile and got it."""
    store.keep_event(address, received, reason)
    # A run that started in between did not see the event, so check again.
    started = addressee(received.event, address)
    return bool(started and deliver_stored_events(started))


def _take_stored(run: LockedRun, stored: store.StoredEvent) -> bool | None:
    """Return True if the run got the event; ``None``: it has ended, and gets no more events."""
    if run.state.status.ended:
        return None
    if not store.delete_event(stored.id):
        return False
    run.take(stored.event)
    return True
