"""Read a run without changing it."""

from uuid import UUID

from django.db.models import QuerySet

from sagaflow.core.definition.saga import Saga
from sagaflow.core.run.journal import Entry
from sagaflow.core.run.state import RunState
from sagaflow.models import JournalEntry, Run
from sagaflow.store import definitions
from sagaflow.store.errors import UnknownRun
from sagaflow.store.runs import journal_queries, rows
from sagaflow.store.runs.run_line import RunLine

__all__ = ["as_run_id", "is_open", "journal", "run", "runs", "state"]


def as_run_id(text: object) -> str:
    """Return the canonical form of a run's ID.

    Raises:
        UnknownRun: the text is not an ID.
    """
    try:
        return str(UUID(str(text)))
    except ValueError as error:
        raise UnknownRun(text) from error


def is_open(run_id: str) -> bool:
    """True if there is such a run and it has not ended."""
    return Run.objects.filter(pk=run_id, ended_at__isnull=True).exists()


def run(run_id: str) -> RunLine:
    """Return the columns of a run.

    Raises:
        UnknownRun: there is no such run.
    """
    row = _lines().filter(pk=as_run_id(run_id)).first()
    if row is None:
        raise UnknownRun(run_id)
    return RunLine.of(row)


def runs(*, limit: int = 100, **columns: object) -> list[RunLine]:
    """Return the runs whose columns have these values (Django look-ups), the newest first."""
    return [RunLine.of(row) for row in _lines().filter(**columns)[:limit]]


def _lines() -> QuerySet[Run]:
    return Run.objects.select_related("definition").defer("snapshot", "definition__document")


def state(run_id: str) -> tuple[Saga, RunState]:
    """Return the definition and the state of a run.

    Raises:
        UnknownRun: there is no such run.
    """
    row = rows.read(as_run_id(run_id), lock=False)
    if row is None:
        raise UnknownRun(run_id)
    return definitions.of(row.digest), rows.read_state(row.snapshot)


def journal(run_id: str, after: int = 0, *, limit: int | None = None) -> tuple[Entry, ...]:
    """Return the entries with a number above ``after`` in order, at most ``limit`` of them."""
    rows = JournalEntry.objects.filter(run_id=as_run_id(run_id), seq__gt=after).order_by("seq")[:limit]
    return journal_queries.read(rows)
