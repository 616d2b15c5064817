"""The cost of an event does not depend on how many came before it, and none of them is forgotten."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from sagaflow import engine, store
from sagaflow.core.codec import encode
from sagaflow.core.payload import canonical
from sagaflow.core.run.reports import EventReceived, ResumeRequested, RollbackRequested
from sagaflow.core.run.state import REMEMBERED
from sagaflow.engine.inbox import deliver_stored_events
from sagaflow.models import JournalEntry, RememberedEvent, Run, UnmatchedEvent
from sagaflow.store.clock import to_datetime
from tests.engine.conftest import BOTH, finish

pytestmark = pytest.mark.django_db(databases=BOTH)

MANY = 2000


@contextmanager
def counted() -> Iterator[list[tuple[str, int]]]:
    """Each statement with the length of its parameters, not counting the lengths of numbers and hashes."""
    found: list[tuple[str, int]] = []

    def count(execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        texts = [re.sub(r"[0-9a-f]{32,}|\d+(\.\d+)?", "0", str(value)) for value in params or ()]
        found.append((re.sub(r'SAVEPOINT ".*"', "SAVEPOINT", sql), sum(map(len, texts))))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        yield found


def cost(run: str, event: str, number: int) -> list[tuple[str, int]]:
    """The statements that publishing the ``number``-th event sends to the database."""
    with counted() as found:
        engine.publish(event, run, {"a": 1}, event_id=f"e{number:05d}", source="bank")
    return found


def go_round(run: str, first: int, last: int) -> None:
    """Do one round per event: the run takes it, and an operator restarts the run from the save-point."""
    with store.locked(run) as locked_run:
        for number in range(first, last):
            if number > first:
                turn(locked_run)
            received = EventReceived(event="Heard", payload={"a": 1}, event_id=f"e{number:05d}", source="bank")
            assert locked_run.take(received).ignored is None


def turn(locked_run: store.LockedRun) -> None:
    locked_run.take(RollbackRequested(by="someone", reason="once more"))
    locked_run.take(ResumeRequested(step="heard", by="someone", reason="once more"))


def again(run: str) -> None:
    with store.locked(run) as locked_run:
        turn(locked_run)


def unexpected(run: str, first: int, last: int) -> None:
    with store.locked(run) as locked_run:
        for number in range(first, last):
            locked_run.take(EventReceived(event="Unheard", payload={"a": 1}, event_id=f"e{number:05d}", source="bank"))


def unmatched(run: str, first: int, last: int) -> None:
    UnmatchedEvent.objects.bulk_create(
        UnmatchedEvent(
            event="Heard",
            correlation_id=run,
            payload='{"a":1}',
            event_id=f"e{number:05d}",
            source="bank",
            reason="it is early, or late",
            received_at=to_datetime(store.now()),
            expires_at=to_datetime(store.now() + 3600),
        )
        for number in range(first, last)
    )


def rounds() -> str:
    return engine.start("rounds", {})


def ended() -> str:
    run = engine.start("waiting", {})
    finish(run)
    engine.publish("Paid", run)
    finish(run)
    return run


def unborn() -> str:
    return "3a3b9f8e-0000-4000-8000-000000000000"


WAYS: dict[str, tuple[Callable[[], str], str, Callable[[str, int, int], None], Callable[[str], None]]] = {
    "taken": (rounds, "Heard", go_round, again),
    "ignored": (rounds, "Unheard", unexpected, str),
    "of a run that ended": (ended, "Heard", unmatched, str),
    "of a run to come": (unborn, "Heard", unmatched, str),
}


@pytest.mark.parametrize(("begin", "event", "pass_by", "between"), WAYS.values(), ids=WAYS)
def test_event_2000_costs_what_event_10_did(begin, event, pass_by, between):
    run = begin()
    pass_by(run, 0, 10)
    between(run)
    early = cost(run, event, 10)
    between(run)
    pass_by(run, 11, MANY)
    between(run)
    late = cost(run, event, MANY)
    assert late == early
    assert sum(size for _, size in early) < 4000, "the snapshot holds more than it has to"


def test_a_run_knows_each_event_that_it_took_however_long_ago():
    run = rounds()
    go_round(run, 0, 60)
    again(run)
    waits = engine.state(run)[1].steps["heard"].round
    assert len(engine.state(run)[1].seen) == REMEMBERED
    for number in (0, 30, 60 - REMEMBERED - 1, 60 - REMEMBERED, 59):
        assert engine.publish("Heard", run, event_id=f"e{number:05d}") == "ignored"
        assert engine.journal(run)[-1].fact.why == "duplicate"
    assert engine.publish("Heard", run, event_id="another") == "accepted"
    assert engine.state(run)[1].steps["heard"].round == waits


def test_an_event_is_known_within_the_transaction_that_outgrew_it():
    run = rounds()
    with store.locked(run) as locked_run:
        for number in range(REMEMBERED + 1):
            locked_run.take(EventReceived(event="Heard", event_id=f"e{number}"))
            turn(locked_run)
        assert locked_run.take(EventReceived(event="Heard", event_id="e0")).ignored.why == "duplicate"


def of_an_earlier_version(run: str) -> None:
    """The snapshot in the format of the versions that kept all IDs in it."""
    taken = [entry.fact.event_id for entry in engine.journal(run) if entry.kind == "EventReceived"]
    snapshot = encode(engine.state(run)[1]) | {"seen": taken}
    Run.objects.filter(pk=run).update(snapshot=canonical(snapshot))
    RememberedEvent.objects.all().delete()


def test_a_run_of_an_earlier_version_is_whole_and_moves_its_events_with_the_next_one():
    run = rounds()
    go_round(run, 0, 20)
    of_an_earlier_version(run)
    assert engine.verify(run) == []
    again(run)
    assert (engine.verify(run), len(engine.state(run)[1].seen)) == ([], 20)
    assert engine.publish("Heard", run, event_id="e00000") == "ignored"
    assert engine.publish("Heard", run, event_id="e00020") == "accepted"
    assert (len(engine.state(run)[1].seen), RememberedEvent.objects.count()) == (REMEMBERED, 21 - REMEMBERED)
    again(run)
    assert engine.publish("Heard", run, event_id="e00000") == "ignored"


def test_a_snapshot_of_an_earlier_version_that_lost_an_event_is_noticed(tampers):
    run = rounds()
    go_round(run, 0, 20)
    of_an_earlier_version(run)
    snapshot = encode(engine.state(run)[1])
    Run.objects.filter(pk=run).update(snapshot=canonical(snapshot | {"seen": snapshot["seen"][1:]}))
    assert "the snapshot is not what its journal says" in engine.verify(run)[0]


def test_a_remembered_event_that_is_gone_is_noticed(tampers):
    run = rounds()
    go_round(run, 0, 20)
    RememberedEvent.objects.filter(event_id="e00003").delete()
    assert [fault for fault in engine.verify(run) if "1 events whose IDs it no longer knows, 'e00003'" in fault]


def test_nothing_in_the_inbox_is_offered_to_a_run_that_ended():
    run = engine.start("waiting", {})
    finish(run)
    unmatched(run, 0, 50)
    UnmatchedEvent.objects.filter(event_id="e00000").update(event="Paid")
    assert deliver_stored_events(run) == 50
    finish(run)
    unmatched(run, 50, 100)
    with counted() as statements:
        assert deliver_stored_events(run) == 0
    assert len(statements) == 1
    assert JournalEntry.objects.filter(run_id=run, kind="EventReceived").count() == 1


def test_a_change_may_be_of_any_length():
    run = rounds()
    unexpected(run, 0, 9000)
    assert engine.state(run)[1].seq == JournalEntry.objects.filter(run_id=run).count()
