"""Events without a run: stored for a while and delivered when their run starts, so that none is lost silently."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction

from sagaflow import conf
from sagaflow.core.errors import Refused
from sagaflow.core.payload import canonical
from sagaflow.core.run.reports import EventReceived
from sagaflow.counting import counted
from sagaflow.models import Run, UnmatchedEvent
from sagaflow.store.clock import now, to_datetime
from sagaflow.store.errors import UnknownRun
from sagaflow.store.runs import by_key
from sagaflow.store.runs.reading import as_run_id

__all__ = [
    "StoredEvent",
    "expire_events",
    "delete_event",
    "keep_event",
    "runs_with_stored_events",
    "stored_events_for",
    "with_stored_events",
]

logger = counted("sagaflow.store")

BATCH = 500
RUN_ID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event in the inbox: its row number and the report for the run."""

    id: int
    event: EventReceived


def keep_event(correlation_id: str, received: EventReceived, reason: str) -> bool:
    """Store the event for the run with this ID or key; empty: no run can ever take it.

    Return ``False`` if an event with its ``event_id`` is stored already.

    Raises:
        Refused: the inbox is full.
    """
    most = conf.current().events_kept
    if UnmatchedEvent.objects.count() >= most:
        raise Refused(
            f"No run takes event '{received.event}' now, and the inbox is full: it keeps {most} events. Start the run "
            "first, or delete unmatched events in the admin.",
            code="too-many",
        )
    at = to_datetime(now())
    row = UnmatchedEvent(
        event=received.event,
        correlation_id=correlation_id,
        payload=canonical(received.payload),
        event_id=received.event_id,
        source=received.source,
        reason=reason,
        received_at=at,
        expires_at=at + timedelta(seconds=conf.current().event_ttl),
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return False
    return True


def stored_events_for(run_id: str) -> list[StoredEvent]:
    """Return the stored events for this run, in the order of their arrival: by its ID, or by its key if it hears them.

    An event by its key that another run hears too stays in the inbox.
    """
    key = Run.objects.filter(pk=run_id).values_list("key", flat=True).first()
    named = [run_id] if key is None else [run_id, key, _address(key)]
    rows = UnmatchedEvent.objects.filter(correlation_id__in=named, expires_at__gt=to_datetime(now())).order_by("pk")
    own = (row for row in rows if row.correlation_id == run_id or by_key.listener(str(key), row.event)[0] == run_id)
    return [StoredEvent(row.pk, event) for row in own if (event := _event(row)) is not None]


def with_stored_events(runs: Mapping[str, str | None]) -> list[str]:
    """Return which of these runs have events in the inbox, by ID or key. ``runs``: ID → key, or ``None``."""
    names = {run_id: {run_id, *((key, _address(key)) if key is not None else ())} for run_id, key in runs.items()}
    rows = UnmatchedEvent.objects.filter(correlation_id__in=set().union(*names.values())).order_by()
    stored = set(rows.values_list("correlation_id", flat=True))
    return [run_id for run_id, own in names.items() if own & stored]


def delete_event(event_id: int) -> bool:
    """Delete an event that its run took. Return ``False`` if it was deleted before."""
    return bool(UnmatchedEvent.objects.filter(pk=event_id).delete()[0])


def expire_events() -> int:
    """Delete the events whose time to live is over. Return their number."""
    return UnmatchedEvent.objects.filter(expires_at__lte=to_datetime(now())).delete()[0]


def runs_with_stored_events(limit: int = 100) -> list[str]:
    """Return the IDs of open runs with events in the inbox, because a process died between storing and delivering.

    The whole inbox is read, in batches: events that no run will ever take do not stop the others.
    """
    run_ids: list[str] = []
    waiting, last = UnmatchedEvent.objects.order_by("correlation_id").values_list("correlation_id", flat=True), ""
    while len(run_ids) < limit and (ids := list(waiting.filter(correlation_id__gt=last).distinct()[:BATCH])):
        open_, known = Run.objects.filter(ended_at__isnull=True), [text for text in ids if _is_id(text)]
        run_ids += map(str, open_.filter(pk__in=known).values_list("pk", flat=True))
        run_ids += _listeners(list(open_.filter(key__in=ids).values_list("key", flat=True).distinct()))
        last = ids[-1]
    return list(dict.fromkeys(run_ids))[:limit]


def _listeners(keys: list[str | None]) -> list[str]:
    """Return the IDs of the runs that the stored events with these keys are for."""
    events = UnmatchedEvent.objects.filter(correlation_id__in=keys).order_by().distinct()
    found = (by_key.listener(key, event)[0] for key, event in events.values_list("correlation_id", "event"))
    return [run_id for run_id in found if run_id]


def _address(key: str) -> str:
    """Return the text under which an event with this key is stored: a key may be a UUID in another spelling."""
    try:
        return as_run_id(key)
    except UnknownRun:
        return key


def _is_id(text: str) -> bool:
    return RUN_ID.fullmatch(text) is not None


def _event(row: UnmatchedEvent) -> EventReceived | None:
    """Read a row. One that cannot be read stays in the inbox and does not stop the others."""
    try:
        payload = json.loads(row.payload)
    except ValueError:
        logger.warning("The payload of row %d of sagaflow_unmatchedevent is not JSON; restore or delete it.", row.pk)
        return None
    return EventReceived(event=row.event, payload=payload, event_id=row.event_id, source=row.source)
