"""Values that one JSON Schema allows and another one refuses, found by comparing the two schemas.

The keywords that are compared are ``type``, ``properties``, ``required``, ``additionalProperties``, ``items``,
``enum``, ``const`` and ``anyOf``. For any other keyword that could refuse a value, the answer is that it is not known.
"""

from collections.abc import Iterator, Mapping
from enum import Enum, auto
from typing import Any, NamedTuple

from sagaflow.core.halting import go_on
from sagaflow.core.payload import canonical

__all__ = ["Gap", "Why", "gaps", "type_of"]

Schema = Mapping[str, Any] | bool

COMPARED = frozenset(("type", "properties", "required", "additionalProperties", "items", "enum", "const"))
SILENT = frozenset(("$schema", "$id", "title", "description", "examples", "default", "$comment", "deprecated"))
"""Keywords that refuse no value."""
OPAQUE = frozenset(
    ("$ref", "$dynamicRef", "$recursiveRef", "allOf", "anyOf", "oneOf", "not", "if", "patternProperties", "prefixItems")
)
"""Keywords with which the others do not say alone what a schema allows."""
MOST_TYPES = 2
"""The most types that a gap names."""
TYPES = ("null", "boolean", "integer", "number", "string", "array", "object")


class Why(Enum):
    """The reason why a value is refused."""

    TYPE = auto()
    """It has another type; the detail names it."""
    MISSING = auto()
    """It does not have the field."""
    VALUES = auto()
    """It is not among the values that are listed."""
    FIELD = auto()
    """It has the field, which is not listed."""
    FIELDS = auto()
    """It may have any field that is not listed."""
    UNLISTED = auto()
    """Nothing says what the field is."""
    KEYWORD = auto()
    """Not known: the detail names the keyword that differs."""


class Gap(NamedTuple):
    """A value that one schema allows and the other refuses."""

    path: str
    """The place of it: names that ``/`` precedes, and ``*`` for the items of an array."""
    why: Why
    detail: str = ""


def gaps(allowing: Schema, refusing: Schema, path: str = "") -> Iterator[Gap]:
    """Yield each reason why ``refusing`` may refuse a value that ``allowing`` allows; none: it allows all of them.

    Raises:
        Stopped: the caller has no more time.
    """
    go_on()
    one, other = _mapping(allowing), _mapping(refusing)
    if one is None or other == {}:
        return
    if other is None:
        yield Gap(path, Why.VALUES)
    elif OPAQUE.isdisjoint((*one, *other)):
        yield from _of_plain(one, other, path)
    elif canonical(one) != canonical(other):
        yield from _of_opaque(one, other, path)


def _of_opaque(one: Mapping[str, Any], other: Mapping[str, Any], path: str) -> Iterator[Gap]:
    """Compare alternatives. No other keyword of ``OPAQUE`` can be compared."""
    own, others = sorted(set(one) - SILENT), sorted(set(other) - SILENT)
    if own in (["anyOf"], ["oneOf"]):
        for part in one.get("anyOf") or one["oneOf"]:
            yield from gaps(part, other, path)
    elif others == ["anyOf"]:
        if all(any(gaps(one, part, path)) for part in other["anyOf"]):
            yield Gap(path, Why.VALUES)
    else:
        yield Gap(path, Why.KEYWORD, min(OPAQUE & {*own, *others}))


def _of_plain(one: Mapping[str, Any], other: Mapping[str, Any], path: str) -> Iterator[Gap]:
    for compare in (_of_type, _of_values, _of_object, _of_array):
        yield from compare(one, other, path)
    for keyword in sorted(set(other) - COMPARED - SILENT):
        if keyword not in one or canonical(one[keyword]) != canonical(other[keyword]):
            yield Gap(path, Why.KEYWORD, keyword)


def _mapping(schema: Schema) -> Mapping[str, Any] | None:
    """Return the schema as a mapping; ``None``: it allows nothing."""
    if isinstance(schema, Mapping):
        return schema
    return {} if schema else None


def _of_type(one: Mapping[str, Any], other: Mapping[str, Any], path: str) -> Iterator[Gap]:
    more = [name for name in _types(one) if name not in _types(other)]
    if {"integer", "number"} <= set(more):
        more.remove("integer")
    if more:
        yield Gap(path, Why.TYPE, " or ".join(more) if len(more) <= MOST_TYPES else "another type")


def _types(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the types of the values that the schema allows."""
    if listed := _values(schema):
        found = {type_of(value) for value in listed}
    elif "type" not in schema:
        return TYPES
    else:
        named = schema["type"]
        found = {named} if isinstance(named, str) else set(named)
    if "number" in found:
        found.add("integer")
    return tuple(name for name in TYPES if name in found)


def type_of(value: object) -> str:
    """Return the narrowest type of JSON Schema that a JSON value has."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "integer" if float(value).is_integer() else "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def _values(schema: Mapping[str, Any]) -> list[Any] | None:
    """Return the values that the schema lists; ``None``: it lists none."""
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _of_values(one: Mapping[str, Any], other: Mapping[str, Any], path: str) -> Iterator[Gap]:
    allowed, listed = _values(one), _values(other)
    if listed is None:
        return
    texts = {canonical(value) for value in listed}
    if allowed is None or any(canonical(value) not in texts for value in allowed):
        yield Gap(path, Why.VALUES)


def _of_object(one: Mapping[str, Any], other: Mapping[str, Any], path: str) -> Iterator[Gap]:
    if "object" not in _types(one) or "object" not in _types(other):
        return
    rest, other_rest = one.get("additionalProperties", True), other.get("additionalProperties", True)
    fields, other_fields = one.get("properties", {}), other.get("properties", {})
    always = one.get("required", ())
    for name in other.get("required", ()):
        if name not in always:
            yield Gap(f"{path}/{name}", Why.MISSING)
    for name, schema in other_fields.items():
        place = f"{path}/{name}"
        if name in fields:
            yield from gaps(fields[name], schema, place)
        elif any(gaps(rest, schema, place)):
            yield Gap(place, Why.UNLISTED)
    for name in fields:
        if name not in other_fields and any(gaps(fields[name], other_rest)):
            yield Gap(f"{path}/{name}", Why.FIELD)
    if any(gaps(rest, other_rest)):
        yield Gap(path, Why.FIELDS)


def _of_array(one: Mapping[str, Any], other: Mapping[str, Any], path: str) -> Iterator[Gap]:
    if "array" not in _types(one) or "array" not in _types(other):
        return
    items, other_items = one.get("items", True), other.get("items", True)
    if isinstance(items, list) or isinstance(other_items, list):  # of an earlier draft
        yield Gap(path, Why.KEYWORD, "items")
    else:
        yield from gaps(items, other_items, f"{path}/*")
