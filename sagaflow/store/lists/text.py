"""Search for text in the middle: of search values and of errors.

PostgreSQL answers from trigram indexes, if its role could create them (migration 0016). Without them, and for fewer
than three characters, only the newest ``NEWEST`` runs are searched, so that the time of a search has a limit.
"""

from datetime import datetime
from functools import cache, reduce
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import BooleanField, Func, Q

from sagaflow.models import Definition, Run, SearchValue
from sagaflow.store import definitions
from sagaflow.store.lists.scopes import RunScope

__all__ = ["NEWEST", "SHORTEST_ID", "having_error", "having_word", "is_limited", "run_ids"]

NEWEST = 100_000
"""The number of runs that are searched without a trigram index, the newest first."""
SHORTEST_ID = 3
"""The number of characters of a run ID that find the run."""
TRIGRAM = 3
HEX_DIGITS = 32
INDEXES = ("sagaflow_search_middle", "sagaflow_run_error_middle")


class _Filled(Func):
    """The condition of a partial index, without a parameter: SQLite uses the index only then."""

    template = "NOT (%(expressions)s = '')"
    output_field = BooleanField()


def having_word(word: str, scope: RunScope) -> Q:
    """Return the condition that a run has ``word``, in any case: at the beginning of its ID, or in the middle of its
    saga, of its step, of its error or of a search value; or that ``word`` is its key.
    """
    names, steps = _names(word.casefold(), scope)
    found = [
        _with_error(word),
        _ids(key=word),
        SearchValue.objects.filter(_middle("folded", word)).order_by().values("run_id"),
    ]
    if names:
        found.append(_ids(saga__in=names))
    if steps:
        found.append(_ids(step__in=steps))
    if ends := run_ids(word):
        found.append(_ids(pk__gte=ends[0], pk__lte=ends[1]))
    return Q(pk__in=reduce(lambda one, other: one.union(other, all=True), found))


def having_error(text: str) -> Q:
    """Return the condition that a run has ``text`` in the code or message of its error, in any case."""
    return Q(pk__in=_with_error(text))


def run_ids(text: str) -> tuple[UUID, UUID] | None:
    """Return the lowest and the highest run ID that begins with ``text``; ``None``: it is not the beginning of one."""
    digits = text.lower().replace("-", "")
    if not SHORTEST_ID <= len(digits) <= HEX_DIGITS or set(digits) - set("0123456789abcdef"):
        return None
    return UUID(digits.ljust(HEX_DIGITS, "0")), UUID(digits.ljust(HEX_DIGITS, "f"))


def is_limited(texts: list[str]) -> bool:
    """Say whether a search for the texts leaves out runs, because there are more than ``NEWEST``."""
    return any(_oldest(text) is not None for text in texts)


def _with_error(text: str) -> Any:
    return _ids(_middle("error", text), Q(_Filled("error")))


def _ids(*conditions: Q, **columns: Any) -> Any:
    return Run.objects.filter(*conditions, **columns).order_by().values("pk")


def _middle(column: str, text: str) -> Q:
    condition, oldest = Q(**{f"{column}__contains": text.casefold()}), _oldest(text)
    return condition if oldest is None else condition & Q(created_at__gte=oldest)


def _oldest(text: str) -> datetime | None:
    """Return the time before which runs are not searched for ``text``; ``None``: all runs are searched."""
    if len(text) >= TRIGRAM and _has_trigrams(connection.alias):
        return None
    times = Run.objects.order_by("-created_at", "-pk").values_list("created_at", flat=True)
    return times[NEWEST : NEWEST + 1].first()


@cache
def _has_trigrams(_alias: str) -> bool:
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_indexes WHERE indexname = ANY(%s)", [list(INDEXES)])
        return bool(cursor.fetchone()[0] == len(INDEXES))


def _names(text: str, scope: RunScope) -> tuple[list[str], list[str]]:
    """Return the sagas and the steps whose name or title contains ``text``."""
    sagas, steps = set(), set()
    for digest, name in Definition.objects.filter(scope.of_definitions()).order_by().values_list("pk", "name"):
        saga = definitions.readable(digest)
        if text in name or (saga and text in saga.title.casefold()):
            sagas.add(name)
        steps |= (
            {step.name for step in saga.steps.values() if text in step.name or text in step.title.casefold()}
            if saga
            else set()
        )
    return sorted(sagas), sorted(steps)
