"""Events from outside, which name their run by the correlation ID: the ID or the key of the run.

An event without a run is stored, not lost.
"""

from contextlib import suppress
from functools import partial
from typing import Literal

from sagaflow import store
from sagaflow.core.definition.fields import EVENT
from sagaflow.core.errors import Refused
from sagaflow.core.json_value import Json
from sagaflow.core.run.reports import EventReceived
from sagaflow.core.run.state import Direction
from sagaflow.engine.inputs import check_payload, check_text
from sagaflow.engine.rounds import check_round
from sagaflow.engine.transaction import change, ignored
from sagaflow.store import LockedRun, MayHave, UnknownRun, refusals

__all__ = ["addressee", "adopt", "deliver_stored_events", "publish"]

Fate = Literal["accepted", "ignored", "unmatched"]
DO, UNDO = Direction.DO, Direction.UNDO
LONGEST = 200
"""The most characters of a correlation ID, an event's ID or its source."""


def publish(
    event: str,
    correlation_id: str,
    payload: Json = None,
    *,
    event_id: str = "",
    source: str = "",
    round: int | None = None,  # noqa: A002
    may_have: MayHave | None = None,
) -> Fate:
    """Deliver an event to the run that ``correlation_id`` names: by the ID of the run, or else by its key.

    By a key, the event is for the one open run with that key that hears it; of two such runs none gets it.
    ``may_have``: the sagas whose runs may be found by a key; ``None``: all.

    ``event_id``: the publisher's own ID; a second event with the same ID is ignored. ``round``: for an event without an
    ID, the round of the waiting step that the sender saw, so that an event sent twice never counts for a later round.
    Return ``unmatched`` if the run has ended or does not exist yet; the event then waits in the inbox for a while.

    Raises:
        Refused: the name of the event, or another text, is not valid; or the step that waits is in another round.
        InvalidPayload: the payload is not strict JSON.
    """
    name: object = event  # callers without type checks pass anything
    if not isinstance(name, str) or not EVENT.fullmatch(name):
        form = "write a letter, then letters, digits, _ . or - (128 at most)"
        raise Refused(f"'{str(event)[:130]}' is not a valid name of an event; {form}.", code="bad-event")
    check_text("correlation ID", correlation_id, longest=LONGEST)
    check_text("event ID", event_id, longest=LONGEST, required=False)
    check_text("source", source, longest=LONGEST, required=False)
    payload = check_payload(payload, f"The payload of event '{event}'")
    received = EventReceived(event=event, payload=payload, event_id=event_id, source=source)
    return _hand(correlation_id, received, round, may_have)


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


def _hand(correlation_id: str, received: EventReceived, seen: int | None, may_have: MayHave | None) -> Fate:
    body, address = partial(_take, received=received, seen=seen), correlation_id
    try:
        address = run_id = store.as_run_id(correlation_id)
        fate, reason = change(run_id, body), "the run has ended"
    except UnknownRun:
        run_id, reason = store.listener(correlation_id, received.event, may_have)
        fate = change(run_id, body) if run_id else None
    if fate:
        return fate
    reason = reason or "the run has ended"
    if seen is not None:  # kept for a later round, it would count for one that its sender has not seen
        raise Refused(f"This is for round {seen} of a step, but {reason}; nothing was stored.", code="outdated")
    store.keep_event(address, received, reason)
    # A run that started in between did not see the event, so check again.
    started = addressee(received.event, address)
    return "accepted" if started and deliver_stored_events(started) else "unmatched"


def _take(run: LockedRun, received: EventReceived, seen: int | None) -> Fate | None:
    if run.state.status.ended:
        return None
    waiting = [name for name, heard in run.saga.graph.hears.items() if received.event in {*heard[DO], *heard[UNDO]}]
    check_round(run.state, waiting, seen)
    return "ignored" if ignored(run.take(received)) else "accepted"


def _take_stored(run: LockedRun, stored: store.StoredEvent) -> bool | None:
    """Return True if the run got the event; ``None``: it has ended, and gets no more events."""
    if run.state.status.ended:
        return None
    if not store.delete_event(stored.id):
        return False
    run.take(stored.event)
    return True
