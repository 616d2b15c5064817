"""Verify the history of a run: compare journal, snapshot, rollback records and anchors with each other."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from django.db import DatabaseError
from django.db.models import Q

from sagaflow.core.codec import encode
from sagaflow.core.payload import canonical
from sagaflow.core.run.evolve import fold
from sagaflow.core.run.facts import EventReceived
from sagaflow.core.run.journal import Entry, broken_links, read_fact
from sagaflow.core.run.key import run_id_of
from sagaflow.core.run.people import claims, said
from sagaflow.models import ActAnswer, ActRequest, OperatorAct, RollbackRecord, Run
from sagaflow.store import definitions, refusals
from sagaflow.store.clock import to_datetime
from sagaflow.store.errors import UnknownRun
from sagaflow.store.proof import anchored
from sagaflow.store.runs import records, rows, seen_events
from sagaflow.store.runs.reading import as_run_id

__all__ = ["verify"]

RESTORE = "compare the run with a backup from before that change, and restore what differs"


def verify(run_id: str) -> list[str]:
    """Return a sentence for each fault of the run's history; an empty list means that it is whole.

    Raises:
        UnknownRun: there is no such run.
    """
    row, faults = _row(run_id), list[str]()
    for check in (_faults, _failures):
        try:
            for sentence in check(row):
                faults.append(sentence)
        except DatabaseError:
            raise
        except Exception as error:  # noqa: BLE001 - rows that were overwritten can raise any error
            what = f"its history cannot be read: {type(error).__name__}, {error}"
            faults.append(f"Run {row.pk}: {what}; {RESTORE}.")
    return faults


def _row(run_id: str) -> Run:
    row = Run.objects.filter(pk=as_run_id(run_id)).first()
    if row is None:
        raise UnknownRun(run_id)
    return row


def _faults(row: Run) -> Iterator[str]:
    links = row.journal.order_by("seq").values_list("seq", "clock", "cause", "kind", "data", "hash")
    stored = list(links)
    for _, sentence in broken_links(str(row.pk), stored):
        yield f"Run {row.pk}: {sentence}; {RESTORE}."
    if (row.seq, row.head) != (stored[-1][0], stored[-1][-1]) if stored else row.seq:
        yield f"Run {row.pk}: the journal does not end where the run does, at entry {row.seq}; {RESTORE}."
    if (events := _events(row, stored)) is None:
        yield f"Run {row.pk}: the snapshot is not what its journal says; rebuild it from the journal."
    elif lost := seen_events.lost(str(row.pk), events):
        yield (
            f"Run {row.pk}: it took {len(lost)} events whose IDs it no longer knows, '{lost[0]}' is the first: "
            f"the same event would count a second time; {RESTORE}."
        )
    if stored and json.loads(stored[0][4]).get("digest") != row.definition_id:
        yield f"Run {row.pk}: it is no longer pinned to the definition that it started with; {RESTORE}."
    if row.key is not None and str(row.origin_id or row.pk) != run_id_of(row.saga, row.key):
        yield f"Run {row.pk}: its key is not the one that it started with; {RESTORE}."
    for record in RollbackRecord.objects.filter(run_id=row.pk):
        if not records.is_whole(record):
            yield f"Run {row.pk}: the record of rollback {record.number} was changed; {RESTORE}."
    yield from _invented(row, stored)
    yield from _second_people(row)
    yield from anchored.check_run(str(row.pk))


def _invented(row: Run, stored: list[tuple[int, float, int, str, str, str]]) -> Iterator[str]:
    """Yield a sentence for each act that was done by its own words, but of which the journal knows nothing.

    What an act did is in the journal with its time and its operator: both were written in one transaction.
    """
    said: dict[datetime | None, list[str]] = {}
    for _, clock, _, _, data, _ in stored:
        said.setdefault(to_datetime(clock), []).append(data)
    for act in OperatorAct.objects.filter(run_id=row.pk, outcome="done").order_by("pk"):
        name = canonical(act.by)[1:-1]
        if not any(name in data for data in said.get(act.at, ())):
            what = f"the action '{act.verb}' by '{act.by}' at {act.at:%Y-%m-%d %H:%M:%S} UTC"
            yield (
                f"Run {row.pk}: {what} has no entry in the journal: it was written past Sagaflow, or its entry is "
                f"gone; {RESTORE}."
            )


def _second_people(row: Run) -> Iterator[str]:
    """Yield a sentence for each action and each given request of which one says what the other does not.

    The reason of an action names the request and the second person, and is in the journal and under the anchors.
    """
    about = Q(run=row.pk) | Q(repair__items__run=row.pk)
    given = ActRequest.objects.filter(about, answer__outcome=ActAnswer.Outcome.GIVEN).select_related("answer")
    words = {said(str(each.pk), each.answer.by): each for each in given}
    done = OperatorAct.objects.filter(run_id=row.pk, outcome="done").order_by("pk")
    acts = [act for act in done if claims(act.reason)]
    for act in acts:
        asked = next((each for end, each in words.items() if act.reason.endswith(f" {end}")), None)
        if asked is None or (asked.verb, asked.by) != (act.verb, act.by) or (asked.step and asked.step != act.step):
            what = f"the action '{act.verb}' by '{act.by}' at {act.at:%Y-%m-%d %H:%M:%S} UTC"
            yield (
                f"Run {row.pk}: {what} names a second person, and no given request says so: the request or its answer "
                f"was changed, or is gone; {RESTORE}."
            )
    for end, asked in words.items():
        if asked.run_id and not any(act.reason.endswith(f" {end}") for act in acts):
            yield (
                f"Run {row.pk}: request {asked.pk} was given by '{asked.answer.by}', and no action of the run says so: "
                f"the request or its answer was changed, or the action is gone; {RESTORE}."
            )


def _failures(row: Run) -> Iterator[str]:
    if (refusal := refusals.read(row.refusal)) and refusal.parks:
        times = f"{refusal.count} times since {to_datetime(refusal.first_at):%Y-%m-%d %H:%M:%S} UTC"
        remedy = "Fix the cause, then retry a step or wait for the next attempt"
        yield f"Run {row.pk}: its changes failed {times}: {refusal.error.rstrip('.')}. {remedy}."


def _events(row: Run, stored: list[tuple[int, float, int, str, str, str]]) -> list[str] | None:
    """Return the IDs of the events that the run took and its snapshot no longer contains.

    Return ``None`` if the snapshot is not the fold of the journal, or if either cannot be read.
    """
    try:
        facts = [(seq, at, cause, read_fact(kind, json.loads(data))) for seq, at, cause, kind, data, _ in stored]
        entries = [Entry(seq, at, cause, fact) for seq, at, cause, fact in facts]
        folded = fold(definitions.of(row.definition_id), entries)
        taken = tuple(fact.event_id for *_, fact in facts if isinstance(fact, EventReceived) and fact.event_id)
        state = rows.read_state(row.snapshot)
        if len(state.seen) > len(folded.seen):
            folded = replace(folded, seen=taken)  # an earlier version wrote the snapshot: it contains all IDs
        if canonical(encode(folded)) != row.snapshot:  # one that did not remember what earlier rounds left
            steps = {name: replace(now, left=state.steps[name].left) for name, now in folded.steps.items()}
            folded = replace(folded, steps=steps)
        return [*taken[: -len(folded.seen) or None]] if canonical(encode(folded)) == row.snapshot else None
    except (KeyError, TypeError, ValueError, rows.BrokenSnapshot):
        return None
