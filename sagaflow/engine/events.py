"""Events from outside, tied to their run by the correlation ID. One that finds no run is kept, not lost."""

from functools import partial
from typing import Any, Literal

from sagaflow import store
from sagaflow.core.definition.fields import EVENT
from sagaflow.core.errors import Refused
from sagaflow.core.run.reports import EventReceived
from sagaflow.engine.inputs import check_payload, check_text
from sagaflow.engine.transaction import change, ignored
from sagaflow.store import LockedRun, UnknownRun, refusals

__all__ = ["adopt", "hand_over", "publish"]

Fate = Literal["accepted", "ignored", "unmatched"]
LONGEST = 200
"""Characters of a correlation ID, an event's ID or its source."""


def publish(event: str, correlation_id: str, payload: Any = None, *, event_id: str = "", source: str = "") -> Fate:
    """Hand an event to the run that ``correlation_id`` names.

    ``event_id``: the publisher's own; a second event with the same one is ignored.
    Returns ``unmatched`` when the run ended or does not exist (yet): the event waits in the inbox for a while.

    Raises:
        Refused: the name of the event, or another text, breaks a rule.
        InvalidPayload: the payload is no strict JSON.
    """
    if not isinstance(event, str) or not EVENT.fullmatch(event):
        form = "write a letter, then letters, digits, _ . or - (128 at most)"
        raise Refused(f"'{str(event)[:130]}' is no name of an event; {form}.", code="bad-event")
    check_text("correlation ID", correlation_id, longest=LONGEST)
    check_text("event ID", event_id, longest=LONGEST, required=False)
    check_text("source", source, longest=LONGEST, required=False)
    payload = check_payload(payload, f"The payload of event '{event}'")
    received = EventReceived(event=event, payload=payload, event_id=event_id, source=source)
    try:
        run_id = store.as_run_id(correlation_id)
    except UnknownRun:
        store.keep_event(correlation_id, received, "the correlation ID is not the ID of a run")
        return "unmatched"
    return _hand(run_id, received)


def hand_over(run_id: str) -> int:
    """Hand a run that has not ended the events that came before it started; returns how many."""
    waiting = store.stored_events_for(run_id) if store.is_open(run_id) else []
    taken = 0
    for kept in waiting:
        took = change(run_id, partial(_take_kept, kept=kept))
        if took is None:
            break
        taken += took
    return taken


def adopt() -> int:
    """For the sweeper: hands events on whose run has started meanwhile, and clears away those whose time is over."""
    store.expire_events()
    return sum(_adopted(run_id) for run_id in store.runs_with_stored_events())


def _adopted(run_id: str) -> int:
    """One run whose changes fail must not keep the others waiting; that is noted with the run."""
    try:
        return hand_over(run_id)
    except Exception as error:
        if not refusals.is_lasting(error):
            raise
        return 0


def _hand(run_id: str, received: EventReceived) -> Fate:
    try:
        if fate := change(run_id, lambda run: _take(run, received)):
            return fate
        reason = "the run has ended"
    except UnknownRun:
        reason = "there is no run with this ID yet"
    store.keep_event(run_id, received, reason)
    # A run that started between the look and the keeping did not see the event: look again.
    return "accepted" if hand_over(run_id) else "unmatched"


def _take(run: LockedRun, received: EventReceived) -> Fate | None:
    if run.state.status.ended:
        return None
    return "ignored" if ignored(run.take(received)) else "accepted"


def _take_kept(run: LockedRun, kept: store.StoredEvent) -> bool | None:
    """Whether the run got the event; ``None``: it has ended, and gets no more."""
    if run.state.status.ended:
        return None
    if not store.delete_event(kept.id):
        return False
    run.take(kept.event)
    return True
