"""JSON Schema as the framework reads it: the draft that ``$schema`` names, exact numbers, and a bounded cost.

Only this module and ``keywords`` know the library. It is a function of its arguments: references are resolved in the
schema itself, and nothing is fetched.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from itertools import islice
from typing import Any, Protocol, TypeAlias
from urllib.parse import urlsplit

from jsonschema import (  # type: ignore[import-untyped]  # it comes without types
    Draft4Validator,
    Draft6Validator,
    Draft7Validator,
    Draft201909Validator,
    Draft202012Validator,
    FormatChecker,
    ValidationError,
    validators,
)
from jsonschema.exceptions import best_match  # type: ignore[import-untyped]  # as above
from referencing import Registry, Resource, Specification
from referencing._core import Resolver as ReferenceResolver
from referencing.exceptions import Unresolvable
from referencing.jsonschema import specification_with

from sagaflow.core.json_value import Json
from sagaflow.core.payload import canonical, same
from sagaflow.core.schemas import patterns
from sagaflow.core.schemas.formats import FORMATS
from sagaflow.core.schemas.keywords import on_engine
from sagaflow.core.schemas.wording import worded

__all__ = [
    "DRAFTS",
    "LATEST",
    "Costly",
    "Nowhere",
    "Schema",
    "ValidationError",
    "best_match",
    "budget",
    "compiled",
    "spend",
    "violations",
    "weight",
]

LATEST = "https://json-schema.org/draft/2020-12/schema"
MOST_STEPS = 200_000
"""The most comparisons for one check of a value: a second or two, for an attack. A usual input takes a hundred."""
STEPS_PER_BYTE = 5
"""Additional comparisons for each byte of the value."""
MOST_ERRORS = 50
"""The most errors of one value that are looked for: more of them help little, and each takes memory."""
EACH = ("additionalProperties", "unevaluatedProperties", "propertyNames")
"""Keywords that check every property of a value."""
ITEMS = ("additionalItems", "contains", "items")
"""Keywords that check every item of a value."""
UNEVALUATED = ("unevaluatedProperties", "unevaluatedItems")
"""Keywords for which the library compares each part of a value with each other part."""
MANY = 100
"""The number of such comparisons that count as one."""
CHARACTERS = 64
"""The characters of a text that are compared as fast as one value."""
CHECKED = 8
"""The characters that the check of a format reads in the time of one comparison."""
QUOTED = 20
"""The values that a message of the library quotes in the time of one comparison."""
LONGEST_MESSAGE = 1_000
"""The characters that are kept of such a message. Most of them are replaced by a sentence that quotes nothing."""

Errors = Iterator[ValidationError]


class Validator(Protocol):
    """The part of a validator of the library that a keyword uses."""

    def is_type(self, instance: object, type: str) -> bool:  # noqa: A002 - the name in the library
        """Return true if ``instance`` has this JSON type."""
        ...


Keyword = Callable[[Validator, Json, Json, Json], Errors | None]
"""Checks one keyword: validator, value of the keyword, the value to check, and the schema around the keyword."""
Resolver: TypeAlias = ReferenceResolver[Json]


@dataclass(slots=True)
class _Budget:
    """The comparisons that are left for a check."""

    left: int
    weights: dict[int, tuple[object, int]] = field(default_factory=dict)
    """ID of a value → the value, so that no other one gets this ID, and its weight."""


_budget: ContextVar[_Budget] = ContextVar("budget")


class Costly(Exception):
    """The schema needs more work than one check of a value may take, or endless work."""


class Nowhere(Exception):
    """A reference leads out of the schema, or to a part that is not a schema."""


@contextmanager
def budget(value: object = None) -> Iterator[None]:
    """Limit the comparisons for a check of ``value`` inside the ``with`` block.

    Raises:
        Costly: the check needs more.
    """
    token = _budget.set(_Budget(MOST_STEPS + STEPS_PER_BYTE * len(canonical(value))))
    try:
        yield
    except RecursionError:
        raise Costly("it refers to itself again and again") from None
    finally:
        _budget.reset(token)


def spend(steps: int = 1) -> None:
    """Take ``steps`` from the budget."""
    current = _budget.get()
    current.left -= steps
    if current.left < 0:
        raise Costly("it takes too many comparisons")


def weight(value: object) -> int:
    """Return the comparisons that it takes to read all of ``value``. The caller has opened a budget."""
    if not isinstance(value, dict | list):
        return _weighed(value)
    known = _budget.get().weights
    if id(value) not in known:
        known[id(value)] = (value, _weighed(value))
    return known[id(value)][1]


def _weighed(value: object) -> int:
    match value:
        case str():
            return 1 + len(value) // CHARACTERS
        case list():
            return 1 + sum(map(_weighed, value))
        case dict():
            return 1 + sum(len(key) // CHARACTERS + _weighed(item) for key, item in value.items())
        case _:
            return 1


def _size(value: object) -> int:
    return len(value) if isinstance(value, dict | list) else 0


def _counted(name: str, keyword: Keyword) -> Keyword:
    def check(validator: Validator, value: Json, instance: Json, schema: Json) -> Errors:
        spend(1 + _size(value) + (_size(instance) if name in EACH else 0))
        if name == "patternProperties":
            spend(_size(value) * _size(instance))
        if name in UNEVALUATED:
            spend(_size(instance) ** 2 // MANY)
        if name in ITEMS and isinstance(instance, list):
            spend(len(instance))
        if name == "format" and value in FORMATS and isinstance(instance, str):
            spend(len(instance) // CHECKED)
        for error in keyword(validator, value, instance, schema) or ():
            spend((weight(instance) + weight(value)) // QUOTED)
            error.message, error.args = error.message[:LONGEST_MESSAGE], ()
            yield error

    return check


class _Engine:
    """The linear engine for regular expressions, whose searches are counted."""

    def search(self, pattern: str, text: str) -> bool:
        try:
            spend(patterns.cost(pattern, text))
            return patterns.search(pattern, text)
        except patterns.BadPattern as bad:  # only in a definition that an earlier version stored
            raise Costly(str(bad)) from bad


_LINEAR = on_engine(_Engine())


def _multiple_of(validator: Validator, value: Json, instance: Json, _: Json) -> Errors:
    """Compare the numbers as decimals, as they are written: 0.3 is a multiple of 0.1."""
    if not validator.is_type(instance, "number"):
        return
    if (Fraction(repr(instance)) / Fraction(repr(value))).denominator > 1:
        yield ValidationError(f"{instance!r} is not a multiple of {value!r}")


def _unique_items(validator: Validator, value: Json, instance: Json, _: Json) -> Errors:
    """Compare the items by their texts, so that many items cost little more than their length."""
    if not value or not validator.is_type(instance, "array"):
        return
    spend(weight(instance) - 1)
    if len({canonical(_whole(item)) for item in instance}) < len(instance):
        yield ValidationError(f"{instance!r} has non-unique elements")


def _whole(value: Json) -> Json:
    """Return ``value`` with one text for each number: 2.0 becomes 2."""
    match value:
        case list():
            return [_whole(item) for item in value]
        case dict():
            return {key: _whole(item) for key, item in value.items()}
        case float() if value.is_integer():
            return int(value)
        case _:
            return value


def _enum(_: Validator, value: Json, instance: Json, __: Json) -> Errors:
    if not any(_equal(instance, item) for item in value):
        yield ValidationError(f"{instance!r} is not one of {value!r}")


def _const(_: Validator, value: Json, instance: Json, __: Json) -> Errors:
    if not _equal(instance, value):
        yield ValidationError(f"{value!r} was expected")


def _equal(one: object, other: object) -> bool:
    """Compare two values, and take each comparison inside them from the budget."""
    spend()
    match one, other:
        case ((list() | dict() | str()), (list() | dict() | str())) if len(one) != len(other):
            return False
        case list(), list():
            return all(map(_equal, one, other))
        case dict(), dict():
            spend(sum(len(key) // CHARACTERS for key in one))
            return all(key in other and _equal(item, other[key]) for key, item in one.items())
        case str(), str():
            spend(len(one) // CHARACTERS)
            return one == other
        case _:
            return same(one, other)


def _evolve(self: Any, **changes: object) -> Any:  # the class is attrs', and the library gives no types
    """Return the same validator for another part. A part that names another draft, or the root, changes nothing."""
    arguments = {item.alias: getattr(self, item.name) for item in self.__attrs_attrs__ if item.init}
    return type(self)(**arguments | changes)


def _bounded(draft: Any) -> Any:
    """Return a validator class like ``draft``, with exact numbers and a bounded cost."""
    own = {"multipleOf": _multiple_of, "uniqueItems": _unique_items, "enum": _enum, "const": _const}
    known = {name: own.get(name) or _LINEAR(keyword) for name, keyword in draft.VALIDATORS.items()}
    bounded = validators.extend(draft, {name: _counted(name, keyword) for name, keyword in known.items()})
    bounded.evolve = _evolve
    return bounded


_CLASSES = (Draft202012Validator, Draft201909Validator, Draft7Validator, Draft6Validator, Draft4Validator)
DRAFTS: Mapping[str, Any] = {str(draft.META_SCHEMA["$schema"]).rstrip("#"): _bounded(draft) for draft in _CLASSES}
"""The validator class of each address that ``$schema`` may have, without its empty fragment. The newest is first."""
FORMAT_CHECKER = FormatChecker(formats=())
for _name, _check in FORMATS.items():
    FORMAT_CHECKER.checks(_name)(lambda value, check=_check: not isinstance(value, str) or check(value))


class Schema:
    """A schema that can check values. Its draft has to be known."""

    def __init__(self, document: Mapping[str, object]) -> None:
        self.document = document
        self.has_defaults = '"default":' in canonical(document)
        draft = str(document.get("$schema", LATEST)).rstrip("#")
        self.specification = specification_with(draft)
        self.resolver = Registry().resolver_with_root(self._resource(document))
        kind = DRAFTS[draft]
        branches = {"then", "else"} if "if" in kind.VALIDATORS else set()
        places = {"definitions", "$defs"} if "dependentSchemas" in kind.VALIDATORS else {"definitions"}
        self.keywords = frozenset(kind.VALIDATORS) | branches | places
        self._validator = kind(document, _resolver=self.resolver, format_checker=FORMAT_CHECKER)
        self._meta = kind(kind.META_SCHEMA)

    def inside(self, part: Json, resolver: Resolver) -> Resolver:
        """Return the resolver for a part, which may have its own address."""
        return resolver.in_subresource(self._resource(part))

    def has_address(self, part: Json) -> bool:
        """Return true if the address of a part can be read, or if it has none."""
        try:
            urlsplit(self.specification.create_resource(part).id() or "")
        except (AttributeError, ValueError):
            return False
        return True

    def _resource(self, part: Json) -> Resource[Json]:
        """Return the part with its address, which is left out where it cannot be read: then the schema has a fault."""
        return (self.specification if self.has_address(part) else Specification.OPAQUE).create_resource(part)

    def lookup(self, resolver: Resolver, reference: str) -> tuple[Json, Resolver]:
        """Return the part that a reference leads to, and the resolver for it.

        Raises:
            Nowhere: there is no such schema.
        """
        try:
            resolved = resolver.lookup(reference)
        except (Unresolvable, LookupError, TypeError, ValueError, AttributeError):
            raise Nowhere(f"it refers to '{reference}', which the schema does not contain; write it out") from None
        if not isinstance(resolved.contents, bool | Mapping):
            raise Nowhere(f"it refers to '{reference}', which is not a schema; correct the reference")
        return resolved.contents, self.inside(resolved.contents, resolved.resolver)

    def errors(self, value: object, part: Json = None, resolver: Resolver | None = None) -> list[ValidationError]:
        """Return the first errors of a value by this schema, or by a ``part`` of it. The caller has opened a budget.

        Their sentences name the rule and quote nothing of the value.
        """
        validator = self._validator if part is None else self._validator.evolve(schema=part, _resolver=resolver)
        return [worded(error) for error in islice(validator.iter_errors(value), MOST_ERRORS)]

    def misfits(self, part: object) -> list[ValidationError]:
        """Return the errors of the schema, or of a part, by the rules of its draft. The caller has opened a budget."""
        return list(self._meta.iter_errors(part))


@lru_cache(maxsize=256)
def _compiled(text: str) -> Schema:
    return Schema(json.loads(text))


def compiled(schema: object) -> Schema:
    """Return the compiled schema, which is cached. It has to be JSON, of a known draft."""
    return _compiled(canonical(schema))


def violations(schema: object, value: object) -> list[ValidationError]:
    """Return the errors of ``value``.

    Raises:
        Costly: the check would take too much work.
    """
    with budget(value):
        return compiled(schema).errors(value)
