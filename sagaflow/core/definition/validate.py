"""Check a document by its schema: list every value that does not fit, and keep the values that fit.

The module knows the keywords of JSON Schema that ``schema`` uses. ``problems`` checks ranges and names afterwards, and
its messages say more. So the values that fit are passed on even when others do not fit.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sagaflow.core.errors import Fault, InvalidPayload
from sagaflow.core.halting import go_on
from sagaflow.core.json_value import Json
from sagaflow.core.payload import MAX_DEPTH, checked
from sagaflow.core.suggestions import limited, similar

__all__ = ["Validated", "validate"]

MISFIT: Any = object()
"""In place of a value that does not fit."""
ELEMENTS = ("segment", "step", "observer")
"""The elements that a fault can name. Everything else is a key of one of them."""
SHORT = 1000
"""The characters of a text that is certainly not too long."""
WORDS = {
    "object": "an object",
    "array": "a list",
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
}


@dataclass(frozen=True, slots=True)
class Validated:
    """The result of a validation."""

    value: Any
    """The document without the values that do not fit."""
    faults: tuple[Fault, ...]
    lost: bool
    """True if an element, or a part that others may refer to, is missing from ``value``."""


def validate(schema: Mapping[str, object], document: object) -> Validated:
    """Compare ``document`` with ``schema``."""
    validator = _Validator(schema)
    with limited():
        value = validator.validate(schema, document, _Place())
    return Validated(value, tuple(validator.faults), validator.lost)


@dataclass(frozen=True, slots=True)
class _Place:
    element: str = "saga"
    """The path of the element, as in a fault."""
    key: str = ""
    """The path inside the element: ``retry.attempts``."""
    noun: str = "saga"
    depth: int = 0

    @property
    def field(self) -> str:
        """The key of the element that the place is in: ``retry`` of ``retry.attempts``."""
        return self.key.partition(".")[0].partition("[")[0]

    def at(self, key: str) -> "_Place":
        return _Place(self.element, f"{self.key}.{key}" if self.key else key, self.noun, self.depth + 1)

    def item(self, index: int, value: object, noun: str) -> "_Place":
        """Return the place of an item of a list. An element has a path of its own."""
        if noun not in ELEMENTS:
            return _Place(self.element, f"{self.key}[{index}]", self.noun, self.depth + 1)
        name = value.get("name") if isinstance(value, dict) else None
        path = f"{self.key}/{name if isinstance(name, str) and name else index}"
        element = path if self.element == "saga" else f"{self.element}/{path}"
        return _Place(element, "", noun, self.depth + 1)


@dataclass(slots=True)
class _Validator:
    root: Mapping[str, Any]
    faults: list[Fault] = field(default_factory=list)
    lost: bool = False

    def validate(self, rule: Mapping[str, Json], value: Json, place: _Place) -> Json:
        """Return ``value`` without the parts that do not fit, or ``MISFIT``."""
        if place.depth > 2 * MAX_DEPTH:
            return self._misfit(place, f"is nested deeper than {2 * MAX_DEPTH} levels; flatten it", "depth")
        rule = self._branch(self._resolved(rule), value)
        kinds = _kinds(rule)
        if kinds and not any(_is(value, kind) for kind in kinds):
            wanted = " or ".join(WORDS[kind] for kind in kinds)
            return self._misfit(place, f"is {_shown(value)}; give {wanted}", "type")
        if "enum" in rule and value not in rule["enum"]:
            return self._misfit(
                place, f"is {_shown(value)}; {_suggest(str(value), map(_shown_word, rule['enum']))}", "enum"
            )
        if isinstance(value, dict) and ("properties" in rule or "additionalProperties" in rule):
            return self._object(rule, value, place)
        if isinstance(value, list | tuple) and ("items" in rule):
            return self._array(rule, list(value), place)
        return self._leaf(rule, value, place)

    def _resolved(self, rule: Mapping[str, Json]) -> Mapping[str, Json]:
        reference = rule.get("$ref")
        return self.root["$defs"][reference.rpartition("/")[2]] if reference else rule

    def _branch(self, rule: Mapping[str, Json], value: Json) -> Mapping[str, Json]:
        """Return the branch of ``anyOf`` for values of this type; if none fits, a rule with all the types."""
        branches = rule.get("anyOf")
        if not branches:
            return rule
        types = {"type": [branch["type"] for branch in branches]}
        return next((branch for branch in branches if _is(value, branch["type"])), types)

    def _leaf(self, rule: Mapping[str, object], value: object, place: _Place) -> Json:
        if type(value) is str and len(value) < SHORT and value.isprintable():
            return value  # most of a document; it has no character that would be refused
        try:
            clean = checked(value, what=f"'{place.key or place.noun}'")
        except InvalidPayload as error:
            return self._fault(place, str(error)[:-1], "payload")
        return int(clean) if rule.get("type") == "integer" else clean

    def _object(self, rule: Mapping[str, Json], value: dict[Json, Json], place: _Place) -> Json:
        go_on()
        known = rule.get("properties", {})
        kept = {}
        for key, item in value.items():
            if isinstance(key, str) and key not in known and any(map(key.startswith, _free_keys(rule))):
                self._leaf({}, item, place.at(key))  # no part of the definition; but it has to be JSON
                continue
            inner = known.get(key, rule.get("additionalProperties")) if isinstance(key, str) else None
            if not isinstance(inner, Mapping):
                self._unknown(key, known, rule, place)
            elif (checked_item := self.validate(inner, item, place.at(key))) is not MISFIT:
                kept[key] = checked_item
        fits = self._one_of(rule, value, kept, place)
        for key in rule.get("required", ()):
            if key not in kept:
                self.lost, fits = True, False
                if key not in value:
                    self._fault(place.at(key), f"{_inside(place)}'{key}' is missing; add it", "required")
        for key, (needed,) in rule.get("dependentRequired", {}).items():
            if key in kept and needed not in value:
                self._fault(
                    place.at(key),
                    f"{_inside(place)}'{key}' goes with '{needed}' only; remove one or add the other",
                    "goes-with",
                )
                del kept[key]
        return kept if fits or place.key == "" else MISFIT

    def _one_of(self, rule: Mapping[str, Json], value: dict[Json, Json], kept: dict[str, Json], place: _Place) -> bool:
        """Check that exactly one of the keys of ``oneOf`` is there."""
        if "oneOf" not in rule:
            return True
        keys = [key for branch in rule["oneOf"] for key in branch["required"]]
        there = [key for key in keys if key in value]
        if not there:
            self._fault(place, f"{_inside(place)}it has none of {_list(keys)}; add one", "one-of")
        elif len(there) > 1:
            self._fault(place, f"{_inside(place)}{_list(there)} exclude each other; keep one", "one-of")
        return sum(key in kept for key in keys) == 1

    def _array(self, rule: Mapping[str, Json], value: list[Json], place: _Place) -> Json:
        fixed = rule.get("prefixItems")
        if fixed:
            return self._pair(fixed, value, place)
        noun = str(rule["items"].get("$ref", "")).rpartition("/")[2]
        if not value and "minItems" in rule and noun not in ELEMENTS:
            return self._misfit(place, "is empty; add an item", "empty")
        items = [self.validate(rule["items"], item, place.item(index, item, noun)) for index, item in enumerate(value)]
        if any(item is MISFIT for item in items):
            self.lost = True
        return [item for item in items if item is not MISFIT]

    def _pair(self, rules: list[Mapping[str, Json]], value: list[Json], place: _Place) -> Json:
        if len(value) != len(rules):
            return self._misfit(place, f"has {len(value)} items; give {len(rules)}: pointer and value", "type")
        items = [self.validate(rule, value[at], place.item(at, value[at], "")) for at, rule in enumerate(rules)]
        return MISFIT if any(item is MISFIT for item in items) else items

    def _unknown(self, key: object, known: Mapping[str, object], rule: Mapping[str, object], place: _Place) -> None:
        if not isinstance(key, str):
            hint = (
                "YAML reads an unquoted on, yes or off so; put the key in quotes"
                if isinstance(key, bool)
                else "use text"
            )
            self._fault(place, f"{_inside(place)}the key {key!r} is not text; {hint}", "unknown-key")
            return
        noun = rule.get("title", place.noun)
        self._fault(place, f"{_inside(place)}'{key}' is not a key of a {noun}; {_suggest(key, known)}", "unknown-key")

    def _misfit(self, place: _Place, message: str, rule: str) -> Json:
        return self._fault(place, f"'{place.key}' {message}" if place.key else f"the {place.noun} {message}", rule)

    def _fault(self, place: _Place, message: str, rule: str) -> Json:
        self.faults.append(Fault(place.element, message, rule, place.field))
        return MISFIT


def _free_keys(rule: Mapping[str, Json]) -> list[str]:
    """Return the beginnings of keys that may have any value."""
    return [pattern.removeprefix("^") for pattern in rule.get("patternProperties", {})]


def _inside(place: _Place) -> str:
    return f"{place.key}: " if place.key else ""


def _kinds(rule: Mapping[str, Json]) -> list[str]:
    kinds = rule.get("type", [])
    return [kinds] if isinstance(kinds, str) else list(kinds)


def _is(value: object, kind: str) -> bool:
    match kind:
        case "object":
            return isinstance(value, dict)
        case "array":
            return isinstance(value, list | tuple)
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
            return whole and not isinstance(value, bool)
        case _:
            return isinstance(value, int | float) and not isinstance(value, bool)


def _shown(value: object) -> str:
    match value:
        case bool() | None:
            return _shown_word(value)
        case str():
            return f"'{value[:60]}'"
        case dict():
            return "an object"
        case list() | tuple():
            return "a list"
        case _:
            return str(value)[:60]


def _shown_word(value: object) -> str:
    return (
        {True: "true", False: "false", None: "null"}[value] if value is None or isinstance(value, bool) else str(value)
    )


def _suggest(word: str, known: Iterable[str]) -> str:
    names = [str(name) for name in known]
    close = next(iter(similar(word, names, share=0.6)), "")
    return f"did you mean '{close}'?" if close else f"use one of {_list(names)}"


def _list(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
