"""Send published events to the output sinks at least once, row by row, never as "all rows after the last ID".

A row knows which sinks have its event, so that a sink that refuses it makes no other sink get it again. Each sink gets
the events of a run in order: one that it does not take keeps the later ones of the same run from it for up to a day.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple

from django.core.signals import setting_changed
from django.db import DatabaseError, transaction

from sagaflow import conf, store
from sagaflow.core.definition.retry import doubled
from sagaflow.counting import counted
from sagaflow.processes import sink_workers
from sagaflow.processes.loop import Loop
from sagaflow.sinks import CloudEvent, Sink, configured
from sagaflow.store import refusals
from sagaflow.store.refusals import noted

__all__ = ["Relayed", "Turns", "cloud_event", "loop", "relay_once"]

log = counted(__name__)

BATCH, MOST = 50, 400
"""The number of events in one batch: at first, and at most while the sinks are quick."""
QUICK = 0.5
"""Seconds that a batch takes at most before one of twice the size: that one is done long before its lease is over."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0
"""Seconds before an event that a sink did not accept is sent again: the first pause and the limit."""


class Relayed(NamedTuple):
    """The number of events that arrived, and of those that have to be sent again."""

    sent: int
    failed: int


def loop() -> Loop:
    """Return the loop that sends events as soon as they are due."""
    return Loop("relay", Turns().turn, conf.current().sweep_interval)


class Turns:
    """The batches of one relay. They grow while many events are due and all sinks take them quickly."""

    def __init__(self) -> None:
        self.size = BATCH
        """The number of events in the next batch, at most."""

    def turn(self) -> float | None:
        """Relay one batch; return the seconds until the next turn, None: the interval."""
        began = time.monotonic()
        relayed = relay_once(limit=self.size)
        is_full = sum(relayed) == self.size
        grows = is_full and not relayed.failed and time.monotonic() - began <= QUICK
        self.size = min(2 * self.size, MOST) if grows else BATCH
        return 0.0 if is_full else None


def relay_once(sinks: Sequence[Sink] | Mapping[str, Sink] | None = None, *, limit: int = BATCH) -> Relayed:
    """Send one batch of due events to each of the sinks that lacks them (default: the sinks of the settings).

    A sink is known by its name; in a list, by its place. ``limit``: the number of events, at most.
    """
    named = configured() if sinks is None else _named(sinks)
    messages = store.take_pending(limit)
    earlier = store.earlier(messages)
    lacking = _delivered(messages, named, earlier) if messages else []
    arrived = [message for message, lacks in zip(messages, lacking, strict=True) if not lacks]
    pauses: dict[str, float] = {}
    for message, lacks in zip(messages, lacking, strict=True):
        if lacks:
            pauses[message.run_id] = _pause(message, lacks, pauses, earlier)
            _try_again(message, lacks, named, pauses[message.run_id])
    if not _recorded(arrived, lambda: store.mark_sent(message.id for message in arrived)):
        arrived = [message for message in arrived if _recorded([message], partial(store.mark_sent, [message.id]))]
    if arrived:
        refusals.clear(message.run_id for message in arrived)
    return Relayed(len(arrived), len(messages) - len(arrived))


def _named(sinks: Sequence[Sink] | Mapping[str, Sink]) -> Mapping[str, Sink]:
    return sinks if isinstance(sinks, Mapping) else {str(place): sink for place, sink in enumerate(sinks)}


def _delivered(
    messages: Sequence[store.Message], sinks: Mapping[str, Sink], earlier: Mapping[int, Sequence[store.Earlier]]
) -> list[dict[str, Exception]]:
    """Send the messages; return for each the sinks that lack it still, with the reasons."""
    names = list(sinks)
    parcels = [
        sink_workers.Parcel(
            event=cloud_event(message),
            taken=frozenset(names.index(name) for name in message.taken if name in sinks),
            behind=frozenset(
                names.index(name)
                for name in names
                if any(name not in event.taken for event in earlier.get(message.id, ()))
            ),
            holds=message.holds,
        )
        for message in messages
    ]
    outcomes = sink_workers.deliver(parcels, list(sinks.values()))
    return [{names[place]: why for place, why in found.items() if why is not None} for found in outcomes]


def cloud_event(message: store.Message) -> CloudEvent:
    """Return the event as CloudEvents 1.0, in JSON types."""
    identity = f"{message.run_id}:{message.seq}"
    return {
        "specversion": "1.0",
        "id": identity,
        "source": f"/sagaflow/{message.saga}" + (f"/{message.step}" if message.step else ""),
        "type": message.event,
        "subject": message.run_id,
        **({"runkey": message.key} if message.key else {}),
        "time": datetime.fromtimestamp(message.created_at, UTC).isoformat(timespec="milliseconds"),
        "correlationid": message.run_id,
        "causationid": f"{message.run_id}:{message.cause}",
        "datacontenttype": "application/json",
        "data": message.payload,
    }


def _pause(
    message: store.Message,
    lacks: Mapping[str, Exception],
    pauses: Mapping[str, float],
    earlier: Mapping[int, Sequence[store.Earlier]],
) -> float:
    """Return the seconds until the next attempt; an event that waits for another is due when the other one is.

    ``pauses``: run ID → the pause of the event of the run that was looked at last.
    """
    pause = doubled(FIRST_PAUSE, message.attempts - 1, LONGEST_PAUSE)
    if not any(isinstance(why, sink_workers.Behind) for why in lacks.values()):
        return pause
    due = [max(FIRST_PAUSE, event.due_in) for event in earlier.get(message.id, ())]
    return min([pause, *due, pauses.get(message.run_id, pause)])


def _try_again(message: store.Message, lacks: Mapping[str, Exception], sinks: Mapping[str, Sink], pause: float) -> None:
    """Note which sinks have the event. The others get it again after the pause."""
    refused = [why for why in lacks.values() if not isinstance(why, sink_workers.Behind)]
    name, error = f"{message.run_id}:{message.seq}", (refused or list(lacks.values()))[0]
    if refused:
        log.warning(
            "Event %s (%s) was not delivered and is tried again in %.0f s: %s", name, message.event, pause, error
        )
    what, taken = f"{type(error).__name__}: {error}", {*message.taken, *(sinks.keys() - lacks.keys())}
    _recorded([message], partial(store.mark_failed, message.id, what, retry_after=pause, taken=taken))


def _recorded(messages: Sequence[store.Message], write: Callable[[], None]) -> bool:
    """Record the outcome of messages; return False if the database refuses that, which is noted with the run."""
    if not messages:
        return True
    try:
        with noted(messages[0].run_id) if len(messages) == 1 else nullcontext(), transaction.atomic():
            write()
    except DatabaseError as error:
        if refusals.is_lasting(error):
            return False
        raise
    return True


def _forget(*, setting: str, **_: object) -> None:
    if setting == "SAGAFLOW":
        configured.cache_clear()
        sink_workers.forget()


setting_changed.connect(_forget, dispatch_uid="sagaflow.processes.relay")
