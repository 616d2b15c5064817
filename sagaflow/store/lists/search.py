"""Read what a user types to find runs."""

from sagaflow.core.errors import InvalidPayload
from sagaflow.core.json_value import Json
from sagaflow.core.payload import parse
from sagaflow.store.errors import BadFilter

__all__ = ["attribute", "values_of"]


def attribute(text: str) -> tuple[str, tuple[Json, ...]]:
    """Read ``order=42``: return the name of a search attribute and the values that it may mean, as text and as JSON.

    Raises:
        BadFilter: the text is not ``NAME=VALUE``.
    """
    name, sign, value = text.partition("=")
    if not (sign and name and text.isprintable()):
        raise BadFilter(f"{text[:50]!r} is not NAME=VALUE; write for example customer=C-9.", code="bad-search")
    return name, values_of(value)


def values_of(value: str) -> tuple[Json, ...]:
    """Return the values that a typed one may mean: as text, and as JSON."""
    try:
        other = parse(value)
    except InvalidPayload:
        return (value,)
    return (value,) if isinstance(other, dict | list) or other is None else (value, other)
