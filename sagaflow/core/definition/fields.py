"""Types of values in a definition: the schema of each, and the check of a value.

A function that ends in ``_faults`` yields pairs of a message, without a full stop, and the name of its rule.
"""

import re
from collections.abc import Iterator, Mapping

from sagaflow.core.json_value import Json
from sagaflow.core.payload import payload_faults

__all__ = [
    "ACTION",
    "EVENT",
    "LONGEST",
    "NAME",
    "NOTE",
    "Complaint",
    "duration_faults",
    "name_faults",
    "named",
    "plain",
    "seconds",
    "text",
    "text_faults",
]

Complaint = tuple[str, str]
"""A message and the name of its rule."""

LONGEST = 10 * 366 * 86400.0
"""No duration is longer than ten years, in seconds."""

SAFE_INTEGER = 2**53
"""Whole numbers below it are written without a fraction, as a browser writes them."""

NOTE = "note"
"""The key of a remark, which every element of a document may have."""
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
ACTION = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}\.[A-Za-z][A-Za-z0-9_.-]{0,63}")
EVENT = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,127}")
FORMS = {NAME: "a letter, then letters, digits, _ or - (64 at most)", ACTION: "service.verb"}


def text(description: str, **more: object) -> dict[str, Json]:
    """Return the schema of a text."""
    return {"type": "string", "description": description, **more}


def named(pattern: re.Pattern[str], description: str) -> dict[str, Json]:
    """Return the schema of a name."""
    return text(description, pattern=f"^(?:{pattern.pattern})$")


def seconds(description: str) -> dict[str, Json]:
    """Return the schema of a duration."""
    return {"type": "number", "exclusiveMinimum": 0, "maximum": LONGEST, "description": description}


def plain(value: object) -> Json:
    """Return ``value`` in JSON types, not in subclasses. A whole number has one form: ``2.0`` becomes ``2``."""
    match value:
        case None | bool():
            return value
        case int():
            return int(value)
        case float():
            return int(value) if value.is_integer() and abs(value) < SAFE_INTEGER else float(value)
        case str():
            return str.__str__(value)
        case list() | tuple():
            return [plain(item) for item in value]
        case Mapping():
            return {str.__str__(key) if isinstance(key, str) else key: plain(item) for key, item in value.items()}
        case _:
            return value


def name_faults(name: object, pattern: re.Pattern[str]) -> Iterator[Complaint]:
    """Yield a fault if ``name`` does not match ``pattern``."""
    if not isinstance(name, str) or not pattern.fullmatch(name):
        form = FORMS.get(pattern, "a letter, then letters, digits, _ . or - (128 at most)")
        yield f"'{name}' is not a valid name; write {form}", "name"


def text_faults(what: str, value: object) -> Iterator[Complaint]:
    """Yield the faults of a text that a database or a page cannot hold."""
    if not isinstance(value, str):
        yield f"{what} is {value!r}; give text", "text"
    for message in payload_faults(value, what):
        yield message, "text"


def duration_faults(what: str, value: Json, *, zero: bool = False) -> Iterator[Complaint]:
    """Yield a fault unless ``value`` is a number of seconds above 0, at most ten years. ``zero``: 0 is valid too."""
    if zero and value == 0:
        return
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 < value <= LONGEST:
        yield f"{what} is {value}; give seconds above 0, ten years at most", "duration"
