"""A query as a filter of runs, and back: pages, the API and saved views mean the same by the same text."""

from datetime import UTC, datetime, tzinfo

from sagaflow.core.json_value import Json
from sagaflow.core.payload import canonical
from sagaflow.core.words.run_query import Query, moment, quoted
from sagaflow.store.errors import BadFilter
from sagaflow.store.lists.lookup import RunFilter
from sagaflow.store.lists.scopes import EVERYTHING, RunScope
from sagaflow.store.lists.search import values_of

__all__ = ["filter_of", "query_of"]

SAME = ("saga", "key", "status", "step", "error", "direction", "team", "failure")


def filter_of(query: Query, *, now: datetime, scope: RunScope = EVERYTHING, zone: tzinfo = UTC) -> RunFilter:
    """Return the filter, limited to the runs within ``scope``. ``zone``: of times that name none.

    Raises:
        BadFilter: one search attribute has two values.
    """
    search: dict[str, tuple[Json, ...]] = {}
    for name, value in query.search:
        if name in search:
            raise BadFilter(f"No run has two values of `{quoted(name)}`. Keep one of them.", code="bad-search")
        search[name] = values_of(value)
    return RunFilter(
        **{name: getattr(query, name) for name in SAME},
        digest=query.version,
        attention={"": None, "any": "*"}.get(query.attention, query.attention.replace("_", " ")),
        since=moment(query.since, now, zone) if query.since else None,
        until=moment(query.until, now, zone) if query.until else None,
        search=search,
        words=query.words,
        scope=scope,
    )


def query_of(wanted: RunFilter) -> Query:
    """Return the query that means the filter, without its scope. Times are in UTC."""
    return Query(
        **{name: getattr(wanted, name) for name in SAME},
        version=wanted.digest,
        attention={None: "", "*": "any"}.get(wanted.attention, (wanted.attention or "").replace(" ", "_")),
        since=wanted.since.isoformat() if wanted.since else "",
        until=wanted.until.isoformat() if wanted.until else "",
        search=tuple((name, _text(values[0])) for name, values in wanted.search.items()),
        words=wanted.words,
    )


def _text(value: Json) -> str:
    return value if isinstance(value, str) else canonical(value)
