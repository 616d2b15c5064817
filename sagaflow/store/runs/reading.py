"""Looking at a run without changing it."""

import json
from typing import Any
from uuid import UUID

from sagaflow.core.definition.saga import Saga
from sagaflow.core.payload import canonical
from sagaflow.core.run.journal import Entry, read_fact
from sagaflow.core.run.reports import StepClaimed, StepSucceeded
from sagaflow.core.run.state import Direction, RunState
from sagaflow.models import JournalEntry, Run
from sagaflow.store import definitions
from sagaflow.store.errors import UnknownRun
from sagaflow.store.runs import journal_queries, rows

__all__ = ["accepted_once", "as_run_id", "attempted", "is_open", "journal", "run", "runs", "state"]


def as_run_id(text: object) -> str:
    """The canonical form of a run's ID.

    Raises:
        UnknownRun: it is none.
    """
    try:
        return str(UUID(str(text)))
    except ValueError as error:
        raise UnknownRun(text) from error


def is_open(run_id: str) -> bool:
    """Whether there is such a run, and it has not ended."""
    return Run.objects.filter(pk=run_id, ended_at__isnull=True).exists()


def run(run_id: str) -> Run:
    """The run's row.

    Raises:
        UnknownRun: there is none.
    """
    found = Run.objects.select_related("definition").filter(pk=as_run_id(run_id)).first()
    if found is None:
        raise UnknownRun(run_id)
    return found


def runs(*, limit: int = 100, **columns: object) -> list[Run]:
    """Runs whose columns have these values (Django look-ups), the newest first."""
    return list(Run.objects.filter(**columns).select_related("definition").defer("snapshot")[:limit])


def state(run_id: str) -> tuple[Saga, RunState]:
    """The definition and the state of a run.

    Raises:
        UnknownRun: there is none.
    """
    row = rows.read(as_run_id(run_id), lock=False)
    if row is None:
        raise UnknownRun(run_id)
    return definitions.of(row.digest), rows.read_state(row.snapshot)


def journal(run_id: str, after: int = 0, *, limit: int | None = None) -> tuple[Entry, ...]:
    """The entries with a number above ``after``, in order; the first ``limit`` of them."""
    found = JournalEntry.objects.filter(run_id=as_run_id(run_id), seq__gt=after).order_by("seq")[:limit]
    return journal_queries.read(found)


def accepted_once(run_id: str, step: str) -> bool:
    """Say whether an attempt to do the step was accepted to be answered later, since the step was last undone."""
    kinds = ("StepAccepted", "StepSucceeded", "CompensationSettled")
    entries = JournalEntry.objects.filter(run_id=run_id, kind__in=kinds).order_by("seq").values_list("kind", "data")
    accepted = False
    for kind, data in entries:
        fact = json.loads(data)
        if fact["step"] == step and kind == "StepAccepted":
            accepted = accepted or fact["direction"] == Direction.DO
        elif fact["step"] == step and fact.get("direction") != Direction.DO:
            accepted = False
    return accepted


def attempted(run_id: str, step: str) -> tuple[tuple[str, ...], bool]:
    """What guarded the attempts to do a step, as their claims say, each once; and whether the latest one succeeded."""
    found = JournalEntry.objects.filter(
        run_id=run_id, kind__in=("StepClaimed", "StepSucceeded"), data__contains=canonical(step)
    )
    entries = found.order_by("seq").values_list("kind", "data")
    facts: list[Any] = [read_fact(kind, json.loads(data)) for kind, data in entries]
    done = [fact for fact in facts if fact.step == step and fact.direction is Direction.DO]
    guards = dict.fromkeys(fact.guard for fact in done if isinstance(fact, StepClaimed))
    return tuple(guards), bool(done) and isinstance(done[-1], StepSucceeded)
