"""What a person types to find runs."""

from typing import Any

from sagaflow.api.problems import Problem
from sagaflow.core.errors import InvalidPayload
from sagaflow.core.payload import parse

__all__ = ["attribute"]


def attribute(text: str) -> tuple[str, tuple[Any, ...]]:
    """``order=42``: the name of a search attribute and its readings, as text and as JSON.

    Raises:
        Problem: 422, it is not written so.
    """
    name, sign, value = text.partition("=")
    if not (sign and name and text.isprintable()):
        detail = f"{text[:50]!r} is no search attribute; write NAME=VALUE, such as customer=C-9."
        raise Problem(422, "bad-search", detail)
    try:
        other = parse(value)
    except InvalidPayload:
        return name, (value,)
    return name, (value,) if isinstance(other, dict | list) or other is None else (value, other)
