"""The names that a misspelt name may stand for."""

from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache

__all__ = ["did_you_mean"]

KEPT = 1024
"""Names whose similar names are kept: the linter asks for the same ones again after each edit of a draft."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """``did you mean 'a' or 'b'?`` with at most three of the ``known`` names; empty if none is similar."""
    return _question(str(name), frozenset(known))


@lru_cache(maxsize=KEPT)
def _question(name: str, known: frozenset[str]) -> str:
    similar = get_close_matches(name, sorted(known), n=3, cutoff=0.7)
    return f"did you mean {' or '.join(map(repr, similar))}?" if similar else ""
