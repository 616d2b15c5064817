"""Conditions that nothing can make true: comparisons that exclude each other, or a condition and its negation.

A negation is pushed to the comparisons (De Morgan). A comparison that is false says less than its opposite: it is false
of data without a value, too.
"""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import chain
from typing import Any

from sagaflow.core.definition.condition import Condition
from sagaflow.core.halting import go_on
from sagaflow.core.payload import canonical

__all__ = ["contradicts"]

NOTHING_SKIPPED: AbstractSet[str] = frozenset()
OPPOSITE = {"lt": "ge", "le": "gt", "gt": "le", "ge": "lt"}
"""The bounds that hold of the other values of the same type."""


def contradicts(condition: Condition, skipped: AbstractSet[str] = NOTHING_SKIPPED) -> bool:
    """Return true if nothing can make the condition true; ``skipped`` steps have no output. It misses some cases.

    It never misses a condition together with its own negation, in whatever order and form these are written.
    """
    return all(_impossible(branch, skipped) for branch in _branches(condition, holds=True))


@dataclass(frozen=True, slots=True)
class _Literal:
    """A comparison that has to be true, or false, of the same data as the others."""

    comparison: Condition
    holds: bool

    @property
    def needs_value(self) -> bool:
        """True if data without a value at the pointer does not meet it."""
        return self.holds is (self.comparison.op != "absent")

    @property
    def values(self) -> Sequence[Any] | None:
        """The only values that meet it; ``None``: they are not listed."""
        match self.comparison.op, self.holds:
            case ("eq", True) | ("ne", False):
                return (self.comparison.value,)
            case ("absent", True) | ("exists", False):
                return ()
            case ("in", True):
                return tuple(self.comparison.value)
            case _:
                return None

    def met_by(self, value: object) -> bool:
        """Return true if a value at the pointer meets it, as evaluated by the condition itself."""
        go_on()
        there = Condition(self.comparison.op, "/value", self.comparison.value)
        return there.holds({"value": value}) is self.holds


# --- the ways in which a condition holds ------------------------------------------------------------------------------


def _branches(condition: Condition, limit: int = 64, *, holds: bool) -> list[list[_Literal]]:
    """Return the ways in which a condition is true, or false: at most ``limit`` lists of what holds together."""
    go_on()
    if condition.op == "not":
        return _branches(condition.parts[0], holds=not holds)
    if not condition.parts:
        return [[_Literal(condition, holds)]]
    if not _needs_all(condition, holds=holds):
        return list(chain.from_iterable(_branches(part, holds=holds) for part in condition.parts))
    if _has_opposites(condition, holds=holds):
        return []
    ways: list[list[_Literal]] = [[]]
    for part in condition.parts:
        branches = _branches(part, holds=holds)
        if len(ways) * len(branches) <= limit:
            ways = [[*left, *right] for left in ways for right in branches]
    return ways


def _needs_all(condition: Condition, *, holds: bool) -> bool:
    """Return true if a combination is so only when every part is so: all that is true, or any that is false."""
    return (condition.op == "every") is holds


def _has_opposites(condition: Condition, *, holds: bool) -> bool:
    """Return true if something would have to be true and false, however it is written."""
    needed = list(_needed(condition, holds=holds))
    texts = {_text(part, holds=so) for part, so in needed}
    return any(_text(part, holds=not so) in texts for part, so in needed)


def _needed(condition: Condition, *, holds: bool) -> Iterator[tuple[Condition, bool]]:
    """Yield every part that has to be true, or false, when ``condition`` is."""
    for part in condition.parts:
        if part.op == "not":
            yield from _needed(part, holds=not holds)
        else:
            yield part, holds
            if part.parts and _needs_all(part, holds=holds):
                yield from _needed(part, holds=holds)


def _text(condition: Condition, *, holds: bool) -> str:
    """Return a text that is the same for all ways to write a condition, or its negation, by De Morgan."""
    go_on()
    if condition.op == "not":
        return _text(condition.parts[0], holds=not holds)
    if condition.parts:
        parts = sorted({_text(part, holds=holds) for part in condition.parts})
        return parts[0] if len(parts) == 1 else f"{_needs_all(condition, holds=holds)}({','.join(parts)})"
    if condition.op in ("exists", "absent"):
        return canonical([condition.pointer, (condition.op == "exists") is holds])
    return canonical([condition.pointer, condition.op, condition.value, holds])


# --- what excludes each other -----------------------------------------------------------------------------------------


def _impossible(together: list[_Literal], skipped: AbstractSet[str]) -> bool:
    by_pointer: dict[str, list[_Literal]] = {}
    for literal in together:
        by_pointer.setdefault(literal.comparison.pointer, []).append(literal)
    needed = [pointer for pointer, literals in by_pointer.items() if any(each.needs_value for each in literals)]
    empty = {pointer for pointer, literals in by_pointer.items() if any(each.values == () for each in literals)}
    return any(
        _has_no_value(pointer, by_pointer[pointer], skipped) or not empty.isdisjoint(_around(pointer))
        for pointer in needed
    )


def _around(pointer: str) -> Iterator[str]:
    """Yield the pointer to everything that a value at ``pointer`` is inside of."""
    names = pointer.split("/")
    return ("/".join(names[:many]) for many in range(len(names)))


def _has_no_value(pointer: str, literals: list[_Literal], skipped: AbstractSet[str]) -> bool:
    """Return true if no value at ``pointer`` meets all the ``literals``."""
    reads_output = pointer.count("/") > 2  # noqa: PLR2004  (/steps/<name>/…)
    if reads_output and literals[0].comparison.steps() & skipped:
        return True
    lists = [literal.values for literal in literals if literal.values is not None]
    if not lists:
        return _empty_range(literals)
    return not any(all(literal.met_by(value) for literal in literals) for value in min(lists, key=len))


def _empty_range(literals: list[_Literal]) -> bool:
    """Return true if the bounds have two types, or if no value is left between a lower bound and an upper one."""
    bounds = [literal.comparison for literal in literals if literal.holds and literal.comparison.op in OPPOSITE]
    if not bounds:
        return False
    if not all(map(_is_bound, bounds)) or len({isinstance(bound.value, str) for bound in bounds}) > 1:
        return True
    others = [literal.comparison for literal in literals if not literal.holds and literal.comparison.op in OPPOSITE]
    bounds += [
        Condition(OPPOSITE[other.op], other.pointer, other.value)
        for other in others
        if _is_bound(other) and isinstance(other.value, str) is isinstance(bounds[0].value, str)
    ]
    lows = [(bound.value, bound.op == "gt") for bound in bounds if bound.op in ("gt", "ge")]
    highs = [(bound.value, bound.op == "le") for bound in bounds if bound.op in ("lt", "le")]
    if not lows or not highs:
        return False
    (low, above), (high, reached) = max(lows), min(highs)
    if low == high and reached and not above:
        return not all(literal.met_by(low) for literal in literals)
    return bool(low >= high)


def _is_bound(comparison: Condition) -> bool:
    """Return true if a value can be below or above that of the comparison."""
    return isinstance(comparison.value, int | float | str) and not isinstance(comparison.value, bool)
