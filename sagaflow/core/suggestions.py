"""The names that a misspelt name may stand for.

A document can hold thousands of unknown names and thousands of known ones, and to compare them all takes minutes. So
one check compares a limited number of letters, and proposes nothing for the names after that.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

__all__ = ["did_you_mean", "limited", "misspelt", "similar"]

KEPT = 1024
"""Names whose similar names are kept: the linter asks for the same ones again after each edit of a draft."""
MOST_LETTERS = 4_000_000
"""The pairs of letters that one check compares: less than a second."""
CLOSE = 0.7
"""The least share of equal letters of two similar names."""
MANY_LETTERS = 5
"""The letters of a name that a missing, additional or other letter makes misspelt. A shorter one may be a word."""
SWAPPED = 4
"""The letters of a name that two swapped letters make misspelt."""
LONG = 8
"""The letters of a word that two mistakes leave recognizable."""


@dataclass(slots=True)
class _Budget:
    """The pairs of letters that are left for a check."""

    left: int


_budget: ContextVar[_Budget | None] = ContextVar("budget", default=None)


@contextmanager
def limited() -> Iterator[None]:
    """Let all suggestions inside the ``with`` block share one limit. Outside of it, each has a limit of its own."""
    token = _budget.set(_Budget(MOST_LETTERS))
    try:
        yield
    finally:
        _budget.reset(token)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """``did you mean 'a' or 'b'?`` with at most three of the ``known`` names; empty if none is similar."""
    return _question(similar(name, known))


def similar(name: str, known: Iterable[str], *, most: int = 3, share: float = CLOSE) -> tuple[str, ...]:
    """Return the ``known`` names that have at least this ``share`` of letters in common with ``name``, best first."""
    name = str(name)
    candidates = _affordable(name, known, lambda other: 2 * min(len(name), len(other)) >= share * len(name + other))
    return _similar(name, candidates, most, share) if candidates else ()


def misspelt(name: str, known: Iterable[str], *, fixed: bool = False) -> str:
    """``did you mean 'a'?`` with each known name of which ``name`` is certainly a misspelling; empty: there is none.

    One letter is missing, additional, another one or swapped with the next, and it is not the first one. Digits, a
    last letter as in a plural, and short names tell things apart, and are not mistakes. Of the words of a
    ``fixed`` language, a plural is one, and in long words two are allowed.
    """
    mistakes = 2 if fixed else 1

    def is_alike(other: str) -> bool:
        is_near = other[:1] == name[:1] and abs(len(name) - len(other)) <= mistakes
        return is_near and (fixed or not (name.startswith(other) or other.startswith(name)))

    candidates = _affordable(name, known, is_alike)
    return _question([other for other in sorted(candidates) if _is_misspelt(name, other, mistakes)][:3])


def _question(names: Iterable[str]) -> str:
    choice = " or ".join(map(repr, names))
    return f"did you mean {choice}?" if choice else ""


def _affordable(name: str, known: Iterable[str], is_alike: Callable[[str], bool]) -> frozenset[str]:
    """Return the names that are worth a comparison; none if too many letters would be compared."""
    budget = _budget.get() or _Budget(MOST_LETTERS)
    if budget.left <= 0:
        return frozenset()
    known = frozenset(known)
    candidates = frozenset(filter(is_alike, known))
    budget.left -= len(known) + len(name) * sum(map(len, candidates))
    return candidates if budget.left >= 0 else frozenset()


@lru_cache(maxsize=KEPT)
def _similar(name: str, known: frozenset[str], most: int, share: float) -> tuple[str, ...]:
    return tuple(get_close_matches(name, sorted(known), n=most, cutoff=share))


def _is_misspelt(name: str, meant: str, mistakes: int) -> bool:
    if _digits(name) != _digits(meant):
        return False
    made = _mistakes(name, meant)
    if made == 1:
        swapped = sorted(name) == sorted(meant)
        return len(meant) >= (SWAPPED if swapped else MANY_LETTERS)
    return 0 < made <= mistakes and min(len(name), len(meant)) >= LONG


def _digits(name: str) -> str:
    return "".join(filter(str.isdigit, name))


def _mistakes(name: str, meant: str) -> int:
    """Return the least number of letters to leave out, to add, to replace, or to swap with the next (OSA distance)."""
    before: list[int] = []
    row: list[int] = [*range(len(meant) + 1)]
    for at, letter in enumerate(name, 1):
        older, before, row = before, row, [at]
        for to, wanted in enumerate(meant, 1):
            least = min(before[to] + 1, row[-1] + 1, before[to - 1] + (letter != wanted))
            if at > 1 and to > 1 and letter == meant[to - 2] and name[at - 2] == wanted:
                least = min(least, older[to - 2] + 1)
            row.append(least)
    (*_, last) = row
    return last
