"""A run whose changes the database refuses every time: it does not loop, it is reported, and it can be repaired."""

import contextlib
import logging
import uuid

import pytest
from django.db import DataError, IntegrityError, OperationalError, ProgrammingError, connection, transaction

from sagaflow import Refused, engine, run_view, store
from sagaflow.core.run.attention import Attention
from sagaflow.core.run.reports import EventReceived, WorkUnserved
from sagaflow.management.tables import heading
from sagaflow.models import OperatorAct, OutboxMessage, Run
from sagaflow.processes import relay
from sagaflow.store import bulk_repairs, refusals
from sagaflow.store.lists import lookup
from sagaflow.store.runs import writing
from sagaflow.testing import moving_clock
from sagaflow.testing.clock import active
from tests.engine.conftest import BOTH, finish, status

pytestmark = [pytest.mark.django_db(databases=BOTH), pytest.mark.usefixtures("tampers")]
ANN = {"by": "ann", "reason": "the constraint is gone"}
WORDS = "duplicate key value violates unique constraint"


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    monkeypatch.setattr(refusals, "_unnoted", {})
    with moving_clock():
        yield


@pytest.fixture
def refuses(monkeypatch):
    """Make the database refuse the journal rows of one run, as a constraint does. The returned function ends that."""
    real, refused = writing.write, {}

    def write(change):
        if error := refused.get(change.run_id):
            raise error
        return real(change)

    monkeypatch.setattr(writing, "write", write)
    return lambda run_id, error=None: refused.update({run_id: error})


def refused_run(refuses, error=None, times=refusals.LIMIT):
    run = engine.start("five", {"card": "4111-SECRET"})
    refuses(run, error or IntegrityError(f"{WORDS}\nDETAIL: Failing row contains (4111-SECRET)."))
    for _ in range(times):
        due(run)
        with pytest.raises(type(error or IntegrityError())):
            engine.wake(run)
    return run


def due(run):
    active().advance_to((store.run(run).wake_at).timestamp())


def test_the_run_asks_for_a_person_after_a_few_refusals_and_says_why(refuses, caplog):
    with caplog.at_level(logging.WARNING, "sagaflow"):
        run = refused_run(refuses, times=7)
    row = store.run(run)
    assert (row.attention, row.status) == ("refused", "running")
    told = run_view.summary(row, None, store.now())["refusal"]
    assert (told["count"], told["error"]) == (7, f"IntegrityError: {WORDS}")
    assert told["first_at"] < told["last_at"]
    [line] = [record.getMessage() for record in caplog.records if run in record.getMessage()]
    assert "3 times" in line
    assert "SECRET" not in line
    assert any("its changes failed 7 times" in fault for fault in engine.verify(run))
    assert [each.run_id for each in lookup.find(lookup.RunFilter(attention=Attention.REFUSED), limit=9)] == [run]


def test_it_is_held_back_longer_each_time_and_not_looked_at_meanwhile(refuses):
    run = refused_run(refuses, times=1)
    pauses = []
    for _ in range(12):
        pauses.append(round(store.run(run).wake_at.timestamp() - store.now()))
        assert run not in store.overdue().runs
        due(run)
        with pytest.raises(IntegrityError):
            engine.wake(run)
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (1, refusals.LONGEST_PAUSE)


def test_a_change_that_goes_through_ends_it(refuses):
    run = refused_run(refuses)
    refuses(run)
    due(run)
    assert finish(run) == "completed"
    assert (store.run(run).attention, store.run(run).refusal) == ("", "")
    assert engine.verify(run) == []


@pytest.mark.parametrize("verb", ["retry", "roll_back"])
def test_an_operator_has_it_tried_again_at_once(refuses, verb):
    run = refused_run(refuses)
    refuses(run)
    assert run not in store.overdue().runs
    engine.operate(run, verb, step="third" if verb == "retry" else None, **ANN)
    assert run in store.overdue().runs or status(run) == "rolled_back"
    assert finish(run) in ("completed", "rolled_back")
    assert store.run(run).refusal == ""


def test_a_verb_that_the_database_refuses_is_written_down_as_refused(refuses):
    run = refused_run(refuses)
    act = engine.operate(run, "cancel", **ANN)
    assert (act.outcome, act.detail) == ("refused", f"The database refused the change: IntegrityError: {WORDS}")
    assert OperatorAct.objects.get(run_id=run).detail == act.detail


@pytest.mark.parametrize("error", [IntegrityError, DataError, ProgrammingError])
def test_what_the_database_would_refuse_again_counts(refuses, error):
    assert store.run(refused_run(refuses, error("no"))).attention == "refused"


def test_what_may_pass_by_itself_never_parks_a_run(refuses):
    run = refused_run(refuses, OperationalError("database is locked"), times=5)
    assert (store.run(run).attention, store.run(run).refusal) == ("", "")
    behind = ProgrammingError("relation does not exist")
    behind.__cause__ = type("UndefinedTable", (Exception,), {"sqlstate": "42P01"})()
    assert not refusals.is_lasting(behind)
    assert not refusals.is_lasting(Refused("no"))


def test_events_and_answers_that_the_database_refuses_are_noted_too(refuses):
    run = engine.start("five", {})
    refuses(run, IntegrityError(WORDS))
    for _ in range(refusals.LIMIT):
        with pytest.raises(IntegrityError):
            engine.publish("Whatever", run)
    assert store.run(run).attention == "refused"


def test_a_stuck_run_stays_stuck_in_the_list(refuses):
    run = refused_run(refuses, times=1)
    Run.objects.filter(pk=run).update(attention="stuck")
    for _ in range(refusals.LIMIT):
        due(run)
        with pytest.raises(IntegrityError):
            engine.wake(run)
    assert store.run(run).attention == "stuck"


def test_one_run_that_is_refused_keeps_no_bulk_repair_waiting(refuses):
    bad, good = engine.start("five", {}), engine.start("five", {})
    refuses(bad, IntegrityError(WORDS))
    order = bulk_repairs.Order(verb="cancel", selection="both", **ANN)
    made = bulk_repairs.freeze(order, [(run, store.run(run).seq) for run in (bad, good)])
    while engine.repair_next():
        pass
    assert {str(item.run_id): item.outcome for item in bulk_repairs.items(made)} == {bad: "refused", good: "done"}
    assert status(good) == "cancelled"


def test_one_run_that_is_refused_keeps_no_stranded_event_waiting(refuses):
    bad, good = engine.start("five", {}), engine.start("five", {})
    refuses(bad, IntegrityError(WORDS))
    for run in (bad, good):
        store.keep_event(run, event(), "its run was not there yet")
    assert engine.adopt() == 1
    assert [kept.event.event for kept in store.stored_events_for(bad)] == ["Whatever"]


def test_where_not_even_the_note_can_be_written_it_is_said_and_left_alone_for_a_while(refuses, monkeypatch, caplog):
    def note(*_):
        raise IntegrityError("nor this")

    monkeypatch.setattr(refusals, "note", note)
    with caplog.at_level(logging.WARNING, "sagaflow"):
        run = refused_run(refuses, times=1)
        assert engine.wake(run) == 0
    [line] = [record.getMessage() for record in caplog.records if run in record.getMessage()]
    assert "nor this" in line


def test_the_command_line_and_the_run_view_show_it(refuses):
    run = refused_run(refuses)
    saga, state = engine.state(run)
    shown = run_view.head(store.run(run), saga, state, store.now())
    texts = [cell.plain for column in heading(shown).columns for cell in column.cells]
    assert f"3 times; the latest: IntegrityError: {WORDS}" in texts


def test_one_run_that_is_refused_keeps_no_sweeper_waiting(refuses):
    bad, good = (engine.start("five", {}) for _ in range(2))
    refuses(bad, IntegrityError(WORDS))
    engine.overdue.leave_unserved(bad, [WorkUnserved(step="first", needs="engine", since=store.now())])
    active().advance(100.0)
    for run in store.overdue().runs:
        with contextlib.suppress(IntegrityError):
            engine.wake(run)
    assert status(good) == "completed"
    assert refusals.read(store.run(bad).refusal).count > 1


@pytest.mark.parametrize("verb", ["taken", "marked as sent", "marked as failed"])
def test_one_event_that_the_database_does_not_let_go_on_keeps_no_other_waiting(verb):
    bad, good = engine.start("five", {}), engine.start("five", {})
    finish(good)
    got, broken = [], verb == "marked as failed"

    def sink(found):
        got.append(found["subject"])
        if broken and found["subject"] == bad:
            raise RuntimeError("the broker says no\x00")

    def refusing(execute, sql, params, many, context):
        update = sql.lstrip().startswith("UPDATE") and "sagaflow_outboxmessage" in sql.split("SET")[0]
        about = {"taken": "RETURNING", "marked as sent": '"sent_at" =', "marked as failed": '"error" ='}[verb]
        named = list(params or ())[2:-1] if verb == "taken" else list(params or ())
        if update and about in sql and (set(numbers) & set(named) or named == []):
            raise IntegrityError(WORDS)
        return execute(sql, params, many, context)

    numbers = list(OutboxMessage.objects.filter(run_id=bad).values_list("pk", flat=True))
    with connection.execute_wrapper(refusing):
        for _ in range(refusals.LIMIT + 2):
            relay.relay_once([sink])
            active().advance(61.0)
    assert not OutboxMessage.objects.filter(run_id=good, observer="", sent_at=None).exists()
    assert store.run(bad).attention == "refused"
    assert store.run(good).attention == ""


def test_an_ended_run_whose_events_go_on_again_is_no_longer_refused():
    run = engine.start("five", {})
    finish(run)
    for _ in range(refusals.LIMIT):
        refusals.note(run, IntegrityError(WORDS))
    assert store.run(run).attention == "refused"
    relay.relay_once([lambda _: None])
    assert (store.run(run).attention, store.run(run).refusal) == ("", "")


def test_a_constraint_of_the_real_database_is_lasting():
    run = engine.start("five", {})
    copy = "INSERT INTO sagaflow_journalentry SELECT * FROM sagaflow_journalentry"
    with pytest.raises(IntegrityError) as refused, refusals.noted(run), transaction.atomic():
        connection.cursor().execute(copy)
    assert refusals.is_lasting(refused.value)
    assert refusals.read(store.run(run).refusal).count == 1


def event():
    return EventReceived(event="Whatever", event_id=str(uuid.uuid4()))
