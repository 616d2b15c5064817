"""The names that a misspelt name may stand for.

A document can hold thousands of unknown names and thousands of known ones. So one check compares a limited number of
letters, and proposes nothing for the names after that.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import islice

from rapidfuzz import process
from rapidfuzz.distance import OSA, Indel

__all__ = ["did_you_mean", "limited", "misspelt", "similar"]

MOST_LETTERS = 400_000_000
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
    is_spent: bool = False


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


def similar(name: str, known: Iterable[str], *, share: float = CLOSE) -> tuple[str, ...]:
    """Return at most three ``known`` names that have this ``share`` of letters in common with ``name``, best first."""
    others = _affordable(str(name), known)
    found = process.extract(
        str(name), others, scorer=Indel.normalized_similarity, processor=None, score_cutoff=share, limit=3
    )
    return tuple(other for other, *_ in found)


def misspelt(name: str, known: Iterable[str], *, fixed: bool = False) -> str:
    """``did you mean 'a'?`` with each known name of which ``name`` is certainly a misspelling; empty: there is none.

    One letter is missing, additional, another one or swapped with the next, and it is not the first one. Digits, a
    last letter as in a plural, and short names tell things apart, and are not mistakes. Of the words of a
    ``fixed`` language, a plural is one, and in long words two are allowed.
    """
    return _question(islice((other for other in _affordable(name, known) if _is_misspelt(name, other, fixed=fixed)), 3))


def _question(names: Iterable[str]) -> str:
    choice = " or ".join(map(repr, names))
    return f"did you mean {choice}?" if choice else ""


def _affordable(name: str, known: Iterable[str]) -> list[str]:
    """Return the names other than ``name``, in order; none if too many letters would be compared."""
    budget = _budget.get() or _Budget(MOST_LETTERS)
    if budget.is_spent:
        return []
    others = sorted({*known} - {name})
    budget.left -= (len(name) + 1) * sum(map(len, others))
    budget.is_spent = budget.left < 0
    return [] if budget.is_spent else others


def _is_misspelt(name: str, meant: str, *, fixed: bool) -> bool:
    if name[:1] != meant[:1] or _digits(name) != _digits(meant):
        return False
    if not fixed and (name.startswith(meant) or meant.startswith(name)):
        return False
    match OSA.distance(name, meant):
        case 1:
            return len(meant) >= (SWAPPED if sorted(name) == sorted(meant) else MANY_LETTERS)
        case 2:
            return fixed and min(len(name), len(meant)) >= LONG
        case _:
            return False


def _digits(name: str) -> str:
    return "".join(filter(str.isdigit, name))
