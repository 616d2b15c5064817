"""The names that a misspelt name may stand for."""

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["did_you_mean"]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """``did you mean 'a' or 'b'?`` with at most three of the ``known`` names; empty if none is similar."""
    similar = get_close_matches(str(name), sorted(known), n=3, cutoff=0.7)
    return f"did you mean {' or '.join(map(repr, similar))}?" if similar else ""
