"""Conditions as data: a small typed operator set on JSON pointers, never a language.

A condition looks at ``{"input": …, "steps": {name: output}}``. A pointer that leads nowhere and a comparison of
different types are false, so that a condition always has an answer.
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from sagaflow.core.definition.fields import plain
from sagaflow.core.json_value import Json
from sagaflow.core.payload import payload_faults, same
from sagaflow.core.suggestions import did_you_mean

__all__ = ["Condition", "astray", "every", "pointer_faults", "resolve", "some", "tokens", "where"]

COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge", "in", "exists", "absent")
COMBINATIONS = ("every", "some", "not")
LONGEST_POINTER = 500
ROOTS = ("input", "steps")
"""The parts of what a condition looks at."""
_MISSING = object()


@dataclass(frozen=True, slots=True)
class Condition:
    """``op`` over ``pointer`` and ``value``, or over the ``parts`` of a combination."""

    op: str
    pointer: str = ""
    value: Any = None
    parts: tuple["Condition", ...] = ()

    def holds(self, facts: Mapping[str, object]) -> bool:
        """Return true if the condition is true of ``facts``."""
        match self.op:
            case "every":
                return all(part.holds(facts) for part in self.parts)
            case "some":
                return any(part.holds(facts) for part in self.parts)
            case "not":
                (part,) = self.parts
                return not part.holds(facts)
            case _:
                return self._compares(facts)

    def _compares(self, facts: Mapping[str, object]) -> bool:
        actual = resolve(facts, self.pointer, _MISSING)
        if self.op == "absent" or actual is _MISSING:
            return self.op == "absent" and actual is _MISSING
        return _compare(self.op, actual, self.value)

    def faults(self, looks_at: tuple[str, ...] = ROOTS) -> list[str]:
        """Return a sentence about each fault, including those of the parts.

        ``looks_at``: the first names that its pointers may have.
        """
        if self.op in COMBINATIONS:
            faults = [fault for part in self.parts for fault in part.faults(looks_at)]
            if not self.parts or (self.op == "not" and len(self.parts) != 1):
                faults.append(f"'{self.op}' has {len(self.parts)} parts; give {'one' if self.op == 'not' else 'some'}")
            return faults
        if self.op not in COMPARISONS:
            known = ", ".join((*COMPARISONS, *COMBINATIONS))
            return [f"the operator '{self.op}' is unknown; use one of {known}"]
        faults = pointer_faults(self.pointer)
        if not faults:
            faults += astray(self.pointer, looks_at)
        if self.op == "in" and not isinstance(self.value, list | tuple):
            faults.append("the value of 'in' is not a list")
        return [*faults, *payload_faults(self.value, f"the value of '{self.op}'")]

    def steps(self) -> frozenset[str]:
        """Return the names of the steps whose outputs the condition reads."""
        names = [part.steps() for part in self.parts]
        own = tokens(self.pointer)
        if own[:1] == ("steps",) and own[1:]:
            names.append(frozenset({own[1]}))
        return frozenset().union(*names)

    def document(self) -> dict[str, Json]:
        """Return the condition as JSON: ``{"gt": ["/input/total", 100]}``."""
        match self.op:
            case "every" | "some":
                return {self.op: [part.document() for part in self.parts]}
            case "not":
                (part,) = self.parts
                return {"not": part.document()}
            case "exists" | "absent":
                return {self.op: self.pointer}
            case _:
                return {self.op: [self.pointer, plain(self.value)]}

    @classmethod
    def read(cls, data: Mapping[str, Json]) -> Self:
        """Return the condition of a document."""
        ((op, value),) = data.items()
        match op:
            case "every" | "some":
                return cls(op, parts=tuple(cls.read(part) for part in value))
            case "not":
                return cls(op, parts=(cls.read(value),))
            case "exists" | "absent":
                return cls(op, value)
            case _:
                return cls(op, value[0], tuple(value[1]) if isinstance(value[1], list) else value[1])


def where(pointer: str, op: str = "exists", value: object = None) -> Condition:
    """Return a comparison, such as ``where("/input/total", "gt", 100)``."""
    return Condition(op, pointer, tuple(value) if isinstance(value, list) else value)


def every(*parts: Condition) -> Condition:
    """Return a condition that is true when all its parts are true."""
    return Condition("every", parts=parts)


def some(*parts: Condition) -> Condition:
    """Return a condition that is true when at least one of its parts is true."""
    return Condition("some", parts=parts)


def resolve(document: object, pointer: str, default: object = None) -> Json:
    """Return the value that a JSON pointer (RFC 6901) names in ``document``, or else ``default``."""
    for token in tokens(pointer):
        if isinstance(document, Mapping) and token in document:
            document = document[token]
        elif isinstance(document, list | tuple) and token.isdecimal() and int(token) < len(document):
            document = document[int(token)]
        else:
            return default
    return document


def tokens(pointer: str) -> tuple[str, ...]:
    """Return the names along a JSON pointer, unescaped."""
    return tuple(map(_unescape, pointer.split("/")[1:]))


def pointer_faults(pointer: object) -> list[str]:
    """Return a sentence about each fault in the form of a JSON pointer."""
    if not isinstance(pointer, str) or (pointer and not pointer.startswith("/")) or len(pointer) > LONGEST_POINTER:
        return [f"'{pointer}' is not a JSON pointer; write it like /input/total"]
    return payload_faults(pointer, "the pointer")


def astray(pointer: str, looks_at: tuple[str, ...] = ROOTS) -> Iterator[str]:
    """Yield a fault if the pointer looks at none of the places; a close name is proposed."""
    names = tokens(pointer)
    first = names[0] if names else ""
    if first in looks_at and names != ("steps",):
        return
    places = " nor ".join("/steps/<step>" if name == "steps" else f"/{name}" for name in looks_at)
    close = did_you_mean(first, looks_at)
    verb = "looks at neither" if len(looks_at) > 1 else "does not look at"
    yield f"the pointer '{pointer}' {verb} {places}{close and f'; {close}'}"


def _unescape(token: str) -> str:
    return token.replace("~1", "/").replace("~0", "~")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}


def _compare(op: str, actual: Json, value: Json) -> bool:
    match op:
        case "exists":
            return True
        case "eq":
            return same(actual, value)
        case "ne":
            return not same(actual, value)
        case "in":
            return any(same(actual, item) for item in value)
        case _:
            comparable = any(kind(actual) and kind(value) for kind in (_is_number, _is_text))
            return comparable and ORDERS[op](actual, value)
