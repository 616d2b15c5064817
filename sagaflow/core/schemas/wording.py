"""The sentence of each error of a schema: the rule that is broken, never the value that breaks it.

A value may hold what its reader may not see, and the same sentence reaches pages, logs, events and journals. So only
the schema is quoted, and the place of the value.
"""

from collections.abc import Callable, Collection, Iterable
from typing import Any, Protocol, TypeVar

from sagaflow.core.json_value import Json
from sagaflow.core.payload import canonical

__all__ = ["place", "worded"]


class Violation(Protocol):
    """The parts of an error of the library that its sentence needs."""

    message: str
    validator: Any
    validator_value: Any
    instance: Any
    schema: Any
    context: Any


E = TypeVar("E", bound=Violation)
LONGEST = 200
"""The most characters of a rule in a sentence."""
LONGEST_PLACE = 120
HIDDEN = "…"
"""Stands in a place for what is inside a sensitive field: its keys may be secret, too."""


def _rule(value: Json) -> str:
    text = canonical(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _quoted(text: object) -> str:
    short = str(text)
    return f"'{short if len(short) <= LONGEST else f'{short[:LONGEST]}…'}'"


def _listed(value: Json) -> str:
    return ", ".join(_rule(item) for item in value[:20]) + (", …" if value[20:] else "")


def _of_type(value: Json) -> str:
    return f"is not of type {' or '.join(_quoted(each) for each in ([value] if isinstance(value, str) else value))}"


def _required(value: Json, instance: Json) -> str:
    """Name the properties that are missing, all of which the schema lists."""
    missing = [name for name in value if name not in instance]
    noun = "are required properties" if len(missing) > 1 else "is a required property"
    return f"{', '.join(map(_quoted, missing))} {noun}"


WORDS: dict[str, Callable[[Any], str]] = {
    "additionalItems": lambda _: "has more items than the schema allows",
    "additionalProperties": lambda _: "has a property that the schema does not allow",
    "allOf": lambda _: "does not match all of the schemas",
    "anyOf": lambda _: "does not match any of the schemas",
    "const": lambda value: f"is not {_rule(value)}",
    "contains": lambda _: "has no item, or too few or too many, that match the schema",
    "dependencies": lambda _: "lacks a property that another property requires",
    "dependentRequired": lambda _: "lacks a property that another property requires",
    "dependentSchemas": lambda _: "does not match the schema that one of its properties requires",
    "enum": lambda value: f"is not one of {_listed(value)}",
    "exclusiveMaximum": lambda value: f"is not less than {_rule(value)}",
    "exclusiveMinimum": lambda value: f"is not greater than {_rule(value)}",
    "format": lambda value: f"is not of the format {_quoted(value)}",
    "if": lambda _: "does not match the schema of its case",
    "items": lambda _: "has an item that the schema does not allow",
    "maxContains": lambda value: f"has more than {_rule(value)} items that match the schema",
    "maxItems": lambda value: f"has more than {_rule(value)} items",
    "maxLength": lambda value: f"is too long: it has more than {_rule(value)} characters",
    "maxProperties": lambda value: f"has more than {_rule(value)} properties",
    "maximum": lambda value: f"is greater than the maximum of {_rule(value)}",
    "minContains": lambda value: f"has fewer than {_rule(value)} items that match the schema",
    "minItems": lambda value: f"has fewer than {_rule(value)} items",
    "minLength": lambda value: f"is too short: it has fewer than {_rule(value)} characters",
    "minProperties": lambda value: f"has fewer than {_rule(value)} properties",
    "minimum": lambda value: f"is less than the minimum of {_rule(value)}",
    "multipleOf": lambda value: f"is not a multiple of {_rule(value)}",
    "not": lambda _: "matches a schema that it must not match",
    "oneOf": lambda _: "matches none, or more than one, of the schemas",
    "pattern": lambda value: f"does not match the pattern {_quoted(value)}",
    "patternProperties": lambda _: "has a property that its pattern does not allow",
    "prefixItems": lambda _: "has an item that the schema does not allow",
    "properties": lambda _: "has a property that the schema does not allow",
    "propertyNames": lambda _: "has a property whose name the schema does not allow",
    "type": _of_type,
    "unevaluatedItems": lambda _: "has more items than the schema allows",
    "unevaluatedProperties": lambda _: "has a property that the schema does not allow",
    "uniqueItems": lambda _: "has two equal items",
}
"""Functions of the value of a keyword in a schema: each returns how a value breaks the rule, to end a sentence."""


def worded(error: E) -> E:
    """Return the error, and the errors inside it, with a sentence that quotes nothing of the value."""
    todo: list[Violation] = [error]
    while todo:
        each = todo.pop()
        each.message = _sentence(each)
        todo += each.context
    return error


def place(path: Iterable[object], sensitive: Collection[str] = ()) -> str:
    """Return the pointer to a value, which ends at the first field whose name is one of the ``sensitive`` ones."""
    hidden = {name.casefold() for name in sensitive}
    shown: list[str] = []
    for part in path:
        if shown and shown[-1].casefold() in hidden:
            shown.append(HIDDEN)
            break
        shown.append(str(part))
    pointer = "/".join(shown)
    return pointer if len(pointer) <= LONGEST_PLACE else f"{pointer[:LONGEST_PLACE]}{HIDDEN}"


def _allowed(error: Violation) -> str:
    """Return the properties that the schema knows, if the value has another one."""
    known = error.schema.get("properties") if error.validator == "additionalProperties" else None
    return f"; it allows {_listed(list(known))}" if known else ""


def _sentence(error: Violation) -> str:
    keyword = str(error.validator)
    if keyword == "required" and isinstance(error.validator_value, list):
        return _required(error.validator_value, error.instance)
    if keyword in WORDS:
        return f"the value {WORDS[keyword](error.validator_value)}{_allowed(error)}"
    return "the schema allows no value here"
