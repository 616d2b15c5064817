"""Read what a user types to find runs."""

from sagaflow.core.errors import InvalidPayload
from sagaflow.core.json_value import Json
from sagaflow.core.payload import parse
from sagaflow.models import SearchValue
from sagaflow.models.search import LONGEST
from sagaflow.store.errors import BadFilter
from sagaflow.store.lists.scopes import RunScope
from sagaflow.store.search_values import begins, name_of

__all__ = ["attribute", "values_beginning", "values_of"]

READ = 500
"""The number of stored values among which different ones are looked for."""


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


def values_beginning(name: str, beginning: str, scope: RunScope) -> list[str]:
    """Return values of a search attribute that begin with a text in any case, of runs within ``scope``, sorted.

    At most ``READ`` rows are read, so that some values may be left out. Values that were cut are never returned.
    """
    if not (name + beginning).isprintable():
        return []
    rows = SearchValue.objects.filter(begins(beginning), scope.condition("run__"), name=name_of(name)).order_by()
    values = set(rows.values_list("value", flat=True)[:READ])
    return sorted(value for value in values if value and len(value) < LONGEST)
