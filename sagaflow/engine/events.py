"""Events from outside, which name their run by the correlation ID: the ID or the key of the run.

One that names no run goes to the runs that ``correlate`` finds. An event without a run is stored, not lost.
"""

from functools import partial

from sagaflow import store
from sagaflow.cloud_events import LONGEST
from sagaflow.core.definition.fields import EVENT
from sagaflow.core.errors import Refused
from sagaflow.core.json_value import Json
from sagaflow.core.run.reports import EventReceived
from sagaflow.core.run.state import Direction
from sagaflow.engine import correlation
from sagaflow.engine.fate import Fate
from sagaflow.engine.inbox import keep
from sagaflow.engine.inputs import check_payload, check_text
from sagaflow.engine.rounds import check_round
from sagaflow.engine.transaction import change, ignored
from sagaflow.store import LockedRun, MayHave, UnknownRun

__all__ = ["publish"]

DO, UNDO = Direction.DO, Direction.UNDO


def publish(
    event: str,
    correlation_id: str = "",
    payload: Json = None,
    *,
    event_id: str = "",
    source: str = "",
    round: int | None = None,  # noqa: A002
    may_have: MayHave | None = None,
    may_start: MayHave | None = None,
    by: str = "",
) -> Fate:
    """Deliver an event to the run that ``correlation_id`` names: by the ID of the run, or else by its key.

    By a key, the event is for the one open run with that key that hears it; of two such runs none gets it.
    Without a correlation ID, it goes to one run of each saga that finds a key in it by ``correlate``, or starts that
    run if the saga ``starts_on`` it.
    ``may_have``: the sagas whose runs may be found by a key; ``may_start``: those of which the event may start a run,
    in the name of ``by``; ``None``: all.

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
    check_text("correlation ID", correlation_id, longest=LONGEST, required=False)
    check_text("event ID", event_id, longest=LONGEST, required=False)
    check_text("source", source, longest=LONGEST, required=False)
    payload = check_payload(payload, f"The payload of event '{event}'")
    received = EventReceived(event=event, payload=payload, event_id=event_id, source=source)
    if correlation_id:
        return _hand(correlation_id, received, round, may_have)
    if round is not None:
        raise Refused("An event for one round of a step must name its run; give the correlation ID.", code="bad-event")
    return correlation.hand(received, correlation.Rights(may_have, may_start, by), partial(_take, seen=None))


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
    return "accepted" if keep(address, received, reason) else "unmatched"


def _take(run: LockedRun, received: EventReceived, seen: int | None) -> Fate | None:
    if run.state.status.ended:
        return "ignored" if received.event_id and run.took(received.event_id) else None
    waiting = [name for name, heard in run.saga.graph.hears.items() if received.event in {*heard[DO], *heard[UNDO]}]
    check_round(run.state, waiting, seen)
    return "ignored" if ignored(run.take(received)) else "accepted"
