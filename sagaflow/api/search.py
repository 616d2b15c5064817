"""What a person types to find runs, and what a person may see of them."""

from dataclasses import replace
from typing import Any

from sagaflow import access
from sagaflow.api.problems import Problem
from sagaflow.core.definition import Saga
from sagaflow.core.errors import InvalidPayload
from sagaflow.core.payload import parse

__all__ = ["attribute", "shown"]


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


def shown(user: Any, saga: Saga) -> Saga:
    """The definition as the masks take it: without sensitive fields for whoever may see them all."""
    return saga if access.why_not(user, "view_sensitive", saga) else replace(saga, sensitive=())
