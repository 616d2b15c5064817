"""The events of a saga as an AsyncAPI 3.0 document: https://www.asyncapi.com/docs/reference/specification/v3.0.0."""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sagaflow.core.contracts.messages import Declared, Message, heard, published
from sagaflow.core.definition.saga import Saga
from sagaflow.core.errors import InvalidPayload
from sagaflow.core.json_value import Json
from sagaflow.core.lint.names import Known
from sagaflow.core.payload import CLOUD_EVENT

__all__ = ["RECEIVE", "SEND", "describe", "payloads"]

TEXT = {"type": "string"}
COMMON: Mapping[str, Any] = {
    "specversion": {"const": "1.0"},
    "id": TEXT | {"description": "Unique for its source: the same ID again is the same event."},
    "source": TEXT,
    "time": TEXT | {"format": "date-time"},
    "datacontenttype": {"const": "application/json"},
}
"""The attributes of every event, apart from its type and its data."""
PUBLISHED: Mapping[str, Any] = {
    "subject": TEXT | {"description": "The ID of the run."},
    "correlationid": TEXT | {"description": "The ID of the run."},
    "causationid": TEXT | {"description": "The journal entry that caused the event."},
    "runkey": TEXT | {"description": "The key of the run, if it has one."},
}
HEARD: Mapping[str, Any] = {
    "correlationid": TEXT | {"description": "The ID or the key of the run; not needed if the data has the key."},
}
REQUIRED = ("specversion", "id", "source", "type")
ALWAYS_PUBLISHED = (*REQUIRED, "subject", "time", "correlationid", "causationid", "datacontenttype", "data")
KEPT = ("$ref", "const", "enum", "default", "examples")
"""The keywords of a schema whose values are not schemas."""
NAMED = ("properties", "patternProperties", "dependentSchemas", "$defs", "definitions")
"""The keywords of a schema whose values have schemas by name."""
SEND, RECEIVE = "send", "receive"
ATTRIBUTES = {SEND: (PUBLISHED, ALWAYS_PUBLISHED), RECEIVE: (HEARD, REQUIRED)}
"""The attributes of an event that is published or heard besides those of every event, and which it has to have."""
OUTSIDE = "FromOutside"
"""The end of the name of an event that is heard, if the saga also publishes an event of that name."""


def describe(saga: Saga, known: Known, address: Callable[[str], str | None] = lambda _: None) -> dict[str, Json]:
    """Return the contract of the saga as JSON.

    Args:
        saga: the definition.
        known: the schemas of the actions.
        address: returns the subject or routing key of a published event; ``None``: no broker has one.
    """
    sends, receives = published(saga, known), heard(saga)
    sent = {message.event for message in sends}
    lines = [_Line(message.event, message, SEND, address(message.event)) for message in sends]
    lines += [_Line(m.event + OUTSIDE * (m.event in sent), m, RECEIVE, None) for m in receives]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": saga.title or saga.name,
            "version": saga.digest[:12],
            "description": f"The events of the saga '{saga.name}', as CloudEvents 1.0.",
        },
        "defaultContentType": CLOUD_EVENT,
        "channels": {line.name: line.channel for line in lines},
        "operations": {line.action + line.name: line.operation for line in lines},
        "components": {
            "messages": {line.name: line.body for line in lines},
            "schemas": {
                line.name: _placed(line.message.payload, f"#/components/schemas/{_escape(line.name)}") for line in lines
            },
        },
    }


def payloads(document: Json) -> dict[str, dict[str, Json]]:
    """Return the schemas of the payloads by event, of a document that ``describe`` wrote: for ``send`` and ``receive``.

    Raises:
        InvalidPayload: it is another document.
    """
    found: dict[str, dict[str, Json]] = {SEND: {}, RECEIVE: {}}
    try:
        messages, schemas = document["components"]["messages"], document["components"]["schemas"]
        for operation in document["operations"].values():
            name = operation["channel"]["$ref"].removeprefix("#/channels/")
            found[operation["action"]][messages[name]["name"]] = schemas[name]
    except (KeyError, TypeError, AttributeError) as error:
        message = "It is not an AsyncAPI 3 document of `sagaflow asyncapi`; write one with that command."
        raise InvalidPayload(message) from error
    return found


class _Line(NamedTuple):
    """One event of the document."""

    name: str
    """Unique in the document."""
    message: Message
    action: str
    """``send`` or ``receive``."""
    address: str | None

    @property
    def channel(self) -> dict[str, Json]:
        return {"address": self.address, "messages": {self.name: {"$ref": f"#/components/messages/{self.name}"}}}

    @property
    def operation(self) -> dict[str, Json]:
        return {
            "action": self.action,
            "channel": {"$ref": f"#/channels/{self.name}"},
            "summary": self.message.about,
            "messages": [{"$ref": f"#/channels/{self.name}/messages/{self.name}"}],
        }

    @property
    def body(self) -> dict[str, Json]:
        attributes, required = ATTRIBUTES[self.action]
        data = {"$ref": f"#/components/schemas/{self.name}"}
        return {
            "name": self.message.event,
            "title": self.message.event,
            "summary": self.message.about,
            "contentType": CLOUD_EVENT,
            "correlationId": {"location": "$message.payload#/correlationid"},
            "payload": {
                "type": "object",
                "properties": {**COMMON, **attributes, "type": {"const": self.message.event}, "data": data},
                "required": list(required),
            },
        }


def _placed(schema: Json, place: str, root: str | None = None, *, named: bool = False) -> Json:
    """Return the schema at its place in the document, where what refers to a part of ``root`` names the place of it.

    ``named``: the keys are names of fields or of definitions, and no keywords.
    """
    if isinstance(schema, list):
        return [_placed(part, f"{place}/{number}", root) for number, part in enumerate(schema)]
    if not isinstance(schema, Mapping):
        return schema
    if isinstance(schema, Declared):
        root = None if "$id" in schema else place
    placed = {}
    for key, value in schema.items():
        if named or key not in KEPT:
            placed[key] = _placed(value, f"{place}/{_escape(key)}", root, named=not named and key in NAMED)
        else:
            placed[key] = root + value[1:] if key == "$ref" and root and re.match("#(/|$)", value) else value
    return placed


def _escape(name: str) -> str:
    """Return the name as a part of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")
