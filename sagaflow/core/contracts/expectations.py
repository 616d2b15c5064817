"""The fields that other teams read of the events of a saga: files of their tests, compared with the contract.

A consumer shows by an example what it needs of an event. So the publisher learns which fields are read, and may change
the others. The idea is that of consumer-driven contracts, as in Pact.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sagaflow.core.contracts.asyncapi import SEND, payloads
from sagaflow.core.contracts.changes import Change, Effect, breaking
from sagaflow.core.contracts.comparison import Why, type_of
from sagaflow.core.errors import InvalidPayload
from sagaflow.core.json_value import Json

__all__ = ["FORMAT", "by_example", "expected", "unmet"]

FORMAT = "sagaflow-expectations/1"
"""The value of ``format`` in a file of expectations."""

WORDS = {
    Why.TYPE: "may have {detail} as {where}",
    Why.MISSING: "may lack {where}",
    Why.VALUES: "may have other values as {where}",
    Why.FIELD: "may have {where}, which the consumer refuses",
    Why.FIELDS: "may have other fields in {where}, which the consumer refuses",
    Why.UNLISTED: "does not say what {where} is",
    Why.KEYWORD: "has '{detail}' in the schema of {where}, which is not compared; look at both",
}
SAYS_NOTHING = "has no schema of its payload; give its action an output_schema"
NOT_PUBLISHED = "is not published"


def by_example(*values: Json) -> dict[str, Any]:
    """Return the JSON Schema of what these values have in common: their types, and the fields that all of them have.

    Other fields are allowed. Null among the values of a field means that it may be null.
    """
    types = {type_of(value) for value in values}
    if "number" in types:
        types.discard("integer")
    schema: dict[str, Any] = {"type": sorted(types)}
    if objects := [value for value in values if isinstance(value, Mapping)]:
        fields = sorted(set.intersection(*map(set, objects)))
        schema["properties"] = {name: by_example(*(value[name] for value in objects)) for name in fields}
        schema["required"] = fields
    if items := [item for value in values if isinstance(value, list) for item in value]:
        schema["items"] = by_example(*items)
    return schema


def expected(document: Json, saga: str) -> dict[str, Json]:
    """Return what a file of expectations needs of a saga: JSON Schemas by event.

    Raises:
        InvalidPayload: it is another file.
    """
    if not isinstance(document, Mapping) or document.get("format") != FORMAT:
        raise InvalidPayload(f"It is not a file of expectations: its `format` must be '{FORMAT}'.")
    sagas = document.get("sagas")
    events = sagas.get(saga, {}) if isinstance(sagas, Mapping) else None
    if not isinstance(events, Mapping):
        raise InvalidPayload("`sagas` must be an object: names of sagas, each with its events.")
    return {event: _schema(event, needed) for event, needed in events.items()}


def _schema(event: str, needed: Json) -> Json:
    match needed:
        case {"schema": Mapping() | bool() as schema, **others} if not others:
            return schema
        case {"examples": [_, *_] as examples, **others} if not others:
            return by_example(*examples)
    raise InvalidPayload(f"Event '{event}' must have either a list of `examples` or a `schema`, and nothing else.")


def unmet(expectations: Mapping[str, Json], contract: Json) -> tuple[Change, ...]:
    """Return what a document of ``describe`` does not promise of the expectations; empty: it promises all of them.

    Raises:
        InvalidPayload: the contract is another document.
        Stopped: the caller has no more time.
    """
    published = payloads(contract)[SEND]
    return tuple(found for event, schema in expectations.items() for found in _unmet(event, schema, published))


def _unmet(event: str, schema: Json, published: Mapping[str, Json]) -> Iterator[Change]:
    if event not in published:
        yield Change(event, Effect.BREAKING, NOT_PUBLISHED)
    elif not published[event] and schema not in ({}, True):
        yield Change(event, Effect.BREAKING, SAYS_NOTHING)
    else:
        yield from breaking(event, published[event], schema, WORDS)
