"""The values of search attributes in the form in which they are stored and searched by an index."""

import hashlib

from django.db import connection
from django.db.models import Q

from sagaflow.core.payload import canonical
from sagaflow.models.search import LONGEST

__all__ = ["begins", "columns", "exact", "folded", "name_of", "spellings"]

LONGEST_NAME = 200
HASH = 40
LAST = "\U0010ffff"


def columns(value: object) -> dict[str, str]:
    """Return the columns of a stored value."""
    return {"value": exact(value), "folded": folded(value)}


def exact(value: object) -> str:
    """Return the text for exact comparison: a number as JSON; a long text as its beginning and its hash."""
    text = _text(value)
    if len(text) <= LONGEST:
        return text
    return f"{text[: LONGEST - HASH - 1]}#{hashlib.sha256(text.encode()).hexdigest()[:HASH]}"


def spellings(value: object) -> set[str]:
    """Return every text under which the value may be stored: a whole number has a form with a decimal point too."""
    match value:
        case float() if value.is_integer():
            return {exact(value), exact(int(value))}
        case int() if not isinstance(value, bool) and float(value) == value:
            return {exact(value), exact(float(value))}
        case _:
            return {exact(value)}


def folded(value: object) -> str:
    """Return the text for a search by beginning: case-folded and cut."""
    return _text(value).casefold()[:LONGEST]


def begins(text: str) -> Q:
    """Return the condition that a value begins with ``text`` in any case, in the form whose index the database uses."""
    start = folded(text)
    if connection.vendor == "postgresql":
        return Q(folded__startswith=start)
    return Q(folded__gte=start, folded__lt=start + LAST)


def name_of(name: str) -> str:
    """Return an attribute's name as it is stored."""
    return name[:LONGEST_NAME]


def _text(value: object) -> str:
    return value if isinstance(value, str) else canonical(value)
