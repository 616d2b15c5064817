"""Turn a message into an event: a CloudEvent by default, or by the pointers of its source.

A message that cannot be read raises ``Unreadable`` with the reason, which quotes nothing of its content.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from sagaflow.cloud_events import LONGEST, identity
from sagaflow.core.definition.condition import resolve
from sagaflow.core.definition.fields import EVENT
from sagaflow.core.errors import InvalidPayload
from sagaflow.core.json_value import Json
from sagaflow.core.payload import parse
from sagaflow.source_settings import Source
from sagaflow.transport.streams import Message

__all__ = ["ENVELOPE", "Heard", "Unreadable", "read"]

ENVELOPE = 16 * 1024
"""Bytes that a message may have besides its payload. The engine compares the payload itself with PAYLOAD_LIMIT."""
PREFIXES = ("ce-", "ce_", "cloudevents:", "cloudevents_")
"""The prefixes of attributes in headers, by the bindings of CloudEvents: HTTP and NATS, Kafka, AMQP (two ways)."""
_NOTHING = object()


class Unreadable(Exception):
    """No event can be read from the message."""


@dataclass(frozen=True, slots=True)
class Heard:
    """An event as a message has it."""

    event: str
    event_id: str
    source: str
    payload: Json = field(repr=False)
    correlation: str = ""
    """The correlation ID that the message gives; empty: none."""
    subject: str = ""
    """The ``subject`` of a CloudEvent, which may be the key of a run."""


def read(message: Message, source: Source, limit: int) -> Heard:
    """Return the event of a message whose payload may have ``limit`` bytes.

    Raises:
        Unreadable: with the reason, in a sentence.
    """
    if len(message.body) > limit + ENVELOPE:
        raise Unreadable(f"It has {len(message.body)} bytes, and the limit is {limit}, see PAYLOAD_LIMIT.")
    if source.message:
        return _by_pointers(_json(message.body, limit + ENVELOPE), source)
    headers = {name.casefold(): value for name, value in message.headers.items()}
    attributes = _attributes(headers)
    if "specversion" in attributes:
        return _from_cloud(attributes, _data(message.body, attributes, headers, limit))
    document = _json(message.body, limit + ENVELOPE)
    if not isinstance(document, Mapping) or "specversion" not in document:
        raise Unreadable(
            "It is not a CloudEvent: neither its headers nor its JSON has 'specversion'. If its form is another one, "
            "say in 'message' of the source where it has its type and its ID."
        )
    if "data_base64" in document:
        raise Unreadable("Its data is in 'data_base64'; send JSON in 'data'.")
    return _from_cloud(document, document.get("data"))


def _attributes(headers: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in headers.items():
        for prefix in PREFIXES:
            if name.startswith(prefix):
                found[name.removeprefix(prefix)] = unquote(value) if prefix == "ce-" else value
    return found


def _data(body: bytes, attributes: Mapping[str, str], headers: Mapping[str, str], limit: int) -> Json:
    if not body:
        return None
    kind = headers.get("content-type") or attributes.get("datacontenttype") or "application/json"
    media = kind.partition(";")[0].strip().casefold()
    if media != "application/json" and not media.endswith("+json"):
        raise Unreadable(f"Its data has the media type '{media[:100]}'; only JSON can be read.")
    return _json(body, limit + ENVELOPE)


def _from_cloud(event: Mapping[str, Any], data: Json) -> Heard:
    if event["specversion"] != "1.0":
        raise Unreadable("Its 'specversion' is not 1.0.")
    texts = {name: _text(event, name) for name in ("type", "id", "source", "correlationid", "subject")}
    for name in ("type", "id", "source"):
        if not texts[name]:
            raise Unreadable(f"The CloudEvent has no '{name}'.")
    return _checked(
        Heard(
            event=texts["type"],
            event_id=identity(texts["source"], texts["id"]),
            source=texts["source"],
            payload=data,
            correlation=texts["correlationid"],
            subject=texts["subject"],
        )
    )


def _text(event: Mapping[str, Any], name: str) -> str:
    value = event.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Unreadable(f"The attribute '{name}' of the CloudEvent is not a text.")
    return value


def _by_pointers(document: Json, source: Source) -> Heard:
    where = source.message
    origin = _part(document, where, "source", required=False) or source.name
    payload = document if "data" not in where else resolve(document, where["data"], _NOTHING)
    if payload is _NOTHING:
        raise Unreadable(f"It has nothing at '{where['data']}', where its data should be.")
    return _checked(
        Heard(
            event=_part(document, where, "event"),
            event_id=identity(origin, _part(document, where, "id")),
            source=origin,
            payload=payload,
            correlation=_part(document, where, "correlation", required=False),
        )
    )


def _part(document: Json, where: Mapping[str, str], part: str, *, required: bool = True) -> str:
    """Return a part of the event as text. A whole number is the text that it is written as."""
    place = where.get(part, "")
    if place and not place.startswith("/"):
        return place
    found = resolve(document, place, None) if place else None
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    if isinstance(found, str) and found:
        return found
    if found not in (None, ""):
        raise Unreadable(f"At '{place}', where its {part} should be, is neither a text nor a whole number.")
    if required:
        raise Unreadable(f"It has nothing at '{place}', where its {part} should be.")
    return ""


def _checked(heard: Heard) -> Heard:
    """Refuse texts that cannot be stored. The reason does not quote them, for they may be sensitive."""
    if not EVENT.fullmatch(heard.event):
        raise Unreadable("Its type is not a valid name of an event: a letter, then letters, digits, _ . or -.")
    texts = {"ID": heard.event_id, "source": heard.source, "correlation ID": heard.correlation}
    for what, text in texts.items():
        if len(text) > LONGEST or not text.isprintable():
            raise Unreadable(f"Its {what} is not a printable text of at most {LONGEST} characters.")
    return heard


def _json(body: bytes, limit: int) -> Json:
    try:
        return parse(body, what="It", limit=limit)
    except InvalidPayload as error:
        raise Unreadable(str(error)) from error
