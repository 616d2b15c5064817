"""The values of search attributes as they are stored and looked for, for lists that have to be quick."""

import hashlib
from typing import Any

from django.db import connection
from django.db.models import Q

from sagaflow.core.payload import canonical
from sagaflow.models.search import LONGEST

__all__ = ["begins", "columns", "exact", "folded", "name_of", "spellings"]

LONGEST_NAME = 200
HASH = 40
LAST = "\U0010ffff"


def columns(value: Any) -> dict[str, str]:
    """A value as stored."""
    return {"value": exact(value), "folded": folded(value)}


def exact(value: Any) -> str:
    """As it is compared: numbers as they are written, what is long by its beginning and its hash."""
    text = _text(value)
    if len(text) <= LONGEST:
        return text
    return f"{text[: LONGEST - HASH - 1]}#{hashlib.sha256(text.encode()).hexdigest()[:HASH]}"


def spellings(value: Any) -> set[str]:
    """Every text under which it may be stored: a whole number is the same with a decimal point and without."""
    match value:
        case float() if value.is_integer():
            return {exact(value), exact(int(value))}
        case int() if not isinstance(value, bool) and float(value) == value:
            return {exact(value), exact(float(value))}
        case _:
            return {exact(value)}


def folded(value: Any) -> str:
    """As its beginning is looked for: in one case, cut."""
    return _text(value).casefold()[:LONGEST]


def begins(text: str) -> Q:
    """That a value begins so, in any case: each database has its own way to take the index."""
    start = folded(text)
    if connection.vendor == "postgresql":
        return Q(folded__startswith=start)
    return Q(folded__gte=start, folded__lt=start + LAST)


def name_of(name: str) -> str:
    """An attribute's name as stored."""
    return name[:LONGEST_NAME]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else canonical(value)
