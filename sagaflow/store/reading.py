"""Looking at runs without changing them, and proving that their history is whole."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import DatabaseError

from sagaflow.core.codec import encode
from sagaflow.core.definition import Saga
from sagaflow.core.events import EventReceived, StepClaimed, StepSucceeded
from sagaflow.core.evolve import fold
from sagaflow.core.journal import Entry, broken_links, read_fact
from sagaflow.core.payload import canonical
from sagaflow.core.state import Direction, RunState
from sagaflow.models import JournalEntry, RollbackRecord, Run
from sagaflow.store import anchored, definitions, excerpts, records, refusals, remembered, rows
from sagaflow.store.clock import moment
from sagaflow.store.errors import UnknownRun

__all__ = ["accepted_once", "as_run_id", "attempted", "is_open", "journal", "run", "runs", "state", "verify"]

RESTORE = "compare the run with a backup from before that change, and restore what differs"


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
    return excerpts.read(found)


def accepted_once(run_id: str, step: str) -> bool:
    """Whether an attempt of the step was ever accepted to be answered later."""
    found = JournalEntry.objects.filter(run_id=run_id, kind="StepAccepted").values_list("data", flat=True)
    return any(json.loads(data)["step"] == step for data in found)


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


def verify(run_id: str) -> list[str]:
    """A sentence for everything about the run's history that does not hold; an empty list: it is whole.

    Raises:
        UnknownRun: there is none.
    """
    row, found = run(run_id), list[str]()
    for look in (_faults, _failures):
        try:
            for sentence in look(row):
                found.append(sentence)
        except DatabaseError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever somebody wrote into the rows
            what = f"its history cannot be read: {type(error).__name__}, {error}"
            found.append(f"Run {row.pk}: {what}; {RESTORE}.")
    return found


def _faults(row: Run) -> Iterator[str]:
    links = row.journal.order_by("seq").values_list("seq", "clock", "cause", "kind", "data", "hash")
    stored = list(links)
    for _, sentence in broken_links(str(row.pk), stored):
        yield f"Run {row.pk}: {sentence}; {RESTORE}."
    if (row.seq, row.head) != (stored[-1][0], stored[-1][-1]) if stored else row.seq:
        yield f"Run {row.pk}: the journal does not end where the run does, at entry {row.seq}; {RESTORE}."
    if (events := _events(row, stored)) is None:
        yield f"Run {row.pk}: the snapshot is not what its journal says; rebuild it from the journal."
    elif lost := remembered.lost(str(row.pk), events):
        yield (
            f"Run {row.pk}: it took {len(lost)} events whose IDs it no longer knows, '{lost[0]}' is the first: "
            f"the same event would count a second time; {RESTORE}."
        )
    if stored and json.loads(stored[0][4]).get("digest") != row.definition_id:
        yield f"Run {row.pk}: it is no longer pinned to the definition that it started with; {RESTORE}."
    for record in RollbackRecord.objects.filter(run_id=row.pk):
        if not records.is_whole(record):
            yield f"Run {row.pk}: the record of rollback {record.number} was changed; {RESTORE}."
    yield from anchored.check_run(str(row.pk))


def _failures(row: Run) -> Iterator[str]:
    if (refusal := refusals.read(row.refusal)) and refusal.parks:
        times = f"{refusal.count} times since {moment(refusal.first_at):%Y-%m-%d %H:%M:%S} UTC"
        remedy = "Mend the cause, then retry a step or wait for the next try"
        yield f"Run {row.pk}: its changes failed {times}: {refusal.error.rstrip('.')}. {remedy}."


def _events(row: Run, stored: list[tuple[Any, ...]]) -> list[str] | None:
    """The IDs of the events that the run took and its snapshot no longer holds; ``None``: the journal leads elsewhere.

    A journal that cannot be read leads nowhere.
    """
    try:
        facts = [(seq, at, cause, read_fact(kind, json.loads(data))) for seq, at, cause, kind, data, _ in stored]
        entries = [Entry(seq, at, cause, fact) for seq, at, cause, fact in facts]
        folded = fold(definitions.of(row.definition_id), entries)
        taken = tuple(fact.event_id for *_, fact in facts if isinstance(fact, EventReceived) and fact.event_id)
        if len(rows.read_state(row.snapshot).seen) > len(folded.seen):
            folded = replace(folded, seen=taken)  # an earlier version wrote it: all of them are in the snapshot
        return [*taken[: -len(folded.seen) or None]] if canonical(encode(folded)) == row.snapshot else None
    except (KeyError, TypeError, ValueError, rows.BrokenSnapshot):
        return None
