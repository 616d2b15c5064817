"""The names of people in a history: which of them may be one person, and who gave what another one asked for.

A rule that keeps a person away compares names by ``may_be_same``, because people who type their name do not always type
it alike. A right that a person has, such as a delegation, is compared exactly.
"""

import re
from unicodedata import normalize

__all__ = ["claims", "deciders", "may_be_same", "said"]

CLAIM = re.compile(r"\(second person: .*, request [0-9a-f]{8}\)", re.DOTALL)
BEGINS = "(second person: "
ENDS = re.compile(r", request [0-9a-f]{8}\)\Z")


def may_be_same(first: str, second: str) -> bool:
    """Return true if two names may be those of one person."""
    return _folded(first) == _folded(second)


def said(request_id: str, by: str) -> str:
    """Return the second person and the request, as the reason of the action says it in the history."""
    return f"{BEGINS}{by}, request {request_id[:8]})"


def claims(reason: str) -> bool:
    """True if a reason says in these words that a second person gave the action. An operator may not write so."""
    return CLAIM.search(reason) is not None


def deciders(by: str, reason: str) -> tuple[str, ...]:
    """Return the people who did an action: ``by``, and the second person whom its reason in the history names."""
    given = ENDS.sub("", reason)
    second = given.rpartition(BEGINS)[2] if given != reason and BEGINS in given else ""
    return tuple(filter(None, (by, second)))


def _folded(name: str) -> str:
    return normalize("NFKC", normalize("NFKC", name).casefold()).strip()
