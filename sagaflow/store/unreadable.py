"""Messages of brokers that were set aside, because no event could be read from them. Their number is bounded."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction

from sagaflow import conf
from sagaflow.models import UnreadableMessage
from sagaflow.store.clock import now, to_datetime

__all__ = ["SetAside", "delete", "explain", "find", "set_aside"]

BEGINNING = 4_096
"""Bytes that are kept of a message that is too long to be kept whole."""
LONGEST_HEADERS = 65_536
LONGEST_REASON = 2_000


@dataclass(frozen=True, slots=True)
class SetAside:
    """A message that was set aside, as the broker delivered it."""

    source: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    place: str
    whole: bool


def set_aside(source: str, body: bytes, headers: Mapping[str, str], place: str, reason: str, *, longest: int) -> bool:
    """Keep a message; of one with more than ``longest`` bytes only the beginning. Return false if it is kept already.

    The oldest messages beyond the setting MESSAGES_KEPT are deleted.
    """
    told = json.dumps(dict(headers))
    whole = len(body) <= longest and len(told) <= LONGEST_HEADERS
    row = UnreadableMessage(
        identity=_identity(source, body, told, place),
        source=source,
        place=place[:200],
        reason=reason[:LONGEST_REASON],
        headers=told if whole else "{}",
        body=_written(body if whole else body[:BEGINNING]),
        size=len(body),
        whole=whole,
        received_at=to_datetime(now()),
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return False
    _delete_oldest()
    return True


def find(message_id: int) -> SetAside | None:
    """Return a message that was set aside, or ``None``."""
    row = UnreadableMessage.objects.filter(pk=message_id).first()
    return SetAside(row.source, _read(row.body), json.loads(row.headers), row.place, row.whole) if row else None


def explain(message_id: int, reason: str) -> None:
    """Note why a message still cannot be read."""
    UnreadableMessage.objects.filter(pk=message_id).update(reason=reason[:LONGEST_REASON])


def delete(message_id: int) -> None:
    """Delete a message whose event was published."""
    UnreadableMessage.objects.filter(pk=message_id).delete()


def _identity(source: str, body: bytes, headers: str, place: str) -> str:
    """Return what is the same when the broker delivers a message again."""
    parts = [source.encode(), place.encode()] if place else [source.encode(), headers.encode(), body]
    return hashlib.sha256(b"\0".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def _written(body: bytes) -> str:
    try:
        return json.dumps(body.decode())
    except UnicodeDecodeError:
        return json.dumps({"base64": base64.b64encode(body).decode()})


def _read(text: str) -> bytes:
    value = json.loads(text)
    return base64.b64decode(value["base64"]) if isinstance(value, dict) else str(value).encode()


def _delete_oldest() -> None:
    beyond = UnreadableMessage.objects.order_by("-pk").values_list("pk", flat=True)[conf.current().messages_kept :]
    if last := next(iter(beyond[:1]), None):
        UnreadableMessage.objects.filter(pk__lte=last).delete()
