"""Read a run without changing it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet

from sagaflow.core.definition.saga import Saga
from sagaflow.core.run.facts import CompensationSettled
from sagaflow.core.run.journal import Entry, read_fact
from sagaflow.core.run.reports import StepAccepted, StepClaimed, StepSucceeded
from sagaflow.core.run.state import Direction, RunState
from sagaflow.models import JournalEntry, Run
from sagaflow.store import definitions
from sagaflow.store.errors import UnknownRun
from sagaflow.store.runs import journal_queries, rows
from sagaflow.store.runs.run_line import RunLine

__all__ = ["PastAttempts", "as_run_id", "is_open", "journal", "past_attempts", "run", "runs", "state"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PastAttempts:
    """The attempts to do one step, as the journal of the run records them."""

    KINDS: ClassVar[tuple[str, ...]] = ("StepClaimed", "StepSucceeded", "StepAccepted", "CompensationSettled")
    guards: tuple[str, ...] = ()
    """The guards of the attempts, as their claims name them, each once."""
    succeeded: bool = False
    """True if the latest attempt succeeded."""
    was_accepted: bool = False
    """True if an attempt was accepted, to be answered later, since the step was last undone."""


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


def past_attempts(run_id: str, step: str) -> PastAttempts:
    """Return the attempts to do a step, as the journal records them.

    The rows are found by the kind of the fact and compared by the fact itself, never by the text that stores it.
    """
    rows = JournalEntry.objects.filter(run_id=run_id, kind__in=PastAttempts.KINDS).order_by("seq")
    facts: list[Any] = [read_fact(kind, json.loads(data)) for kind, data in rows.values_list("kind", "data")]
    own = [fact for fact in facts if fact.step == step]
    done = [fact for fact in own if isinstance(fact, StepClaimed | StepSucceeded) and fact.direction is Direction.DO]
    return PastAttempts(
        guards=tuple(dict.fromkeys(fact.guard for fact in done if isinstance(fact, StepClaimed))),
        succeeded=bool(done) and isinstance(done[-1], StepSucceeded),
        was_accepted=_was_accepted(own),
    )


def _was_accepted(facts: Iterable[object]) -> bool:
    """True if an attempt to do the step was accepted since the step was last undone."""
    accepted = False
    for fact in facts:
        if isinstance(fact, StepAccepted) and fact.direction is Direction.DO:
            accepted = True
        elif isinstance(fact, CompensationSettled) or (
            isinstance(fact, StepSucceeded) and fact.direction is Direction.UNDO
        ):
            accepted = False
    return accepted
