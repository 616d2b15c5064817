"""Events from outside reach their run or wait for it in the inbox. None counts twice."""

import uuid

import pytest

from sagaflow import conf, engine, store
from sagaflow.core.errors import InvalidPayload, Refused
from sagaflow.models import Run, UnmatchedEvent
from tests.engine.conftest import BOTH, at_once, finish, kinds, status

pytestmark = pytest.mark.django_db(databases=BOTH)


@pytest.fixture
def run():
    run = engine.start("waiting", {})
    finish(run)
    return run


def test_an_event_goes_on_where_the_run_waits(run):
    assert engine.publish("Paid", run, {"amount": 3}, event_id="e1", source="bank") == "accepted"
    assert finish(run) == "completed"
    assert engine.state(run)[1].steps["paid"].output == {"amount": 3}


def test_an_event_may_come_before_the_run_waits_for_it():
    run = engine.start("waiting", {})
    assert engine.publish("Paid", run, 1) == "accepted"
    assert finish(run) == "completed"


def test_the_same_event_again_is_ignored_and_journalled(run):
    engine.publish("Paid", run, 1, event_id="e1")
    assert engine.publish("Paid", run, 1, event_id="e1") == "ignored"
    assert kinds(run).count("EventReceived") == 1
    assert engine.journal(run)[-1].fact.why == "duplicate"


def test_an_event_that_nobody_expects_is_ignored_and_journalled(run):
    assert engine.publish("Refunded", run) == "ignored"
    assert engine.journal(run)[-1].fact.why == "unexpected"


def test_an_event_for_a_run_that_ended_is_kept(run):
    engine.publish("Paid", run)
    finish(run)
    assert engine.publish("Paid", run, event_id="late") == "unmatched"
    assert UnmatchedEvent.objects.get().reason == "the run has ended"


@pytest.mark.parametrize("correlation", ["3a3b9f8e-0000-4000-8000-000000000000", "order-17"])
def test_an_event_for_a_run_that_never_was_is_kept_for_a_while(correlation, settings):
    assert engine.publish("Paid", correlation, {"a": 1}, event_id="e1", source="bank") == "unmatched"
    assert engine.publish("Paid", correlation, {"a": 1}, event_id="e1", source="bank") == "unmatched"
    kept = UnmatchedEvent.objects.get()
    assert (kept.payload, kept.source) == ('{"a":1}', "bank")
    ttl = (kept.expires_at - kept.received_at).total_seconds()
    assert ttl == conf.current().event_ttl


def test_a_run_that_starts_later_gets_the_events_that_waited_for_it(django_capture_on_commit_callbacks):
    run = str(uuid.uuid4())
    engine.publish("Paid", run, {"amount": 3})
    with django_capture_on_commit_callbacks(execute=True):
        engine.start("waiting", {}, run_id=run)
    assert finish(run) == "completed"
    assert not UnmatchedEvent.objects.exists()


def test_the_sweeper_hands_on_what_a_dead_process_left_in_the_inbox():
    run = str(uuid.uuid4())
    engine.publish("Paid", run, {"amount": 3})
    engine.start("waiting", {}, run_id=run)
    assert engine.adopt() == 1
    assert finish(run) == "completed"


def test_a_run_that_cannot_be_read_keeps_no_stranded_event_of_another_waiting(tampers):
    broken, whole = (first + str(uuid.uuid4())[1:] for first in "0f")
    for run in (broken, whole):
        engine.publish("Paid", run, {"amount": 3})
        engine.start("waiting", {}, run_id=run)
    Run.objects.filter(pk=broken).update(snapshot="null")
    assert engine.adopt() == 1
    assert finish(whole) == "completed"


def test_events_that_no_run_will_ever_take_keep_no_stranded_one_waiting():
    run = str(uuid.uuid4())
    for number in range(501):
        engine.publish("Paid", f"0 {number}")
    engine.publish("Paid", run, {"amount": 3})
    engine.start("waiting", {}, run_id=run)
    assert engine.adopt() == 1
    assert finish(run) == "completed"


def test_what_waited_too_long_is_cleared_away(settings):
    settings.SAGAFLOW = {**settings.SAGAFLOW, "EVENT_TTL": 0.001}
    engine.publish("Paid", "nobody")
    while UnmatchedEvent.objects.exists():
        engine.adopt()
    conf.current.cache_clear()


@pytest.mark.parametrize("event", ["", "1st", "a b", "x" * 129, "a\x00", None, "Paid\n"])
def test_a_bad_name_of_an_event_is_refused(event, run):
    with pytest.raises(Refused, match="is not a valid name of an event"):
        engine.publish(event, run)


@pytest.mark.parametrize(
    "options",
    [{"event_id": "x" * 201}, {"event_id": "a\x00"}, {"source": "\x1b[31m"}, {"source": 7}, {"event_id": "\ud800"}],
)
def test_a_bad_text_about_an_event_is_refused(options, run):
    with pytest.raises(Refused, match="printable text"):
        engine.publish("Paid", run, **options)


@pytest.mark.parametrize("correlation", ["", None, "x" * 300, "a\x00b"])
def test_a_bad_correlation_id_is_refused(correlation):
    with pytest.raises(Refused, match="correlation ID"):
        engine.publish("Paid", correlation)


def test_a_payload_that_is_no_json_is_refused(run):
    with pytest.raises(InvalidPayload, match="event 'Paid'"):
        engine.publish("Paid", run, {"a": float("nan")})
    assert status(run) == "running"


@pytest.mark.django_db(databases=BOTH, transaction=True)
def test_an_event_that_races_with_the_start_of_its_run_arrives():
    for _ in range(10):
        run = str(uuid.uuid4())
        at_once(
            lambda run=run: engine.start("waiting", {}, run_id=run),
            lambda run=run: engine.publish("Paid", run, event_id="e"),
        )
        assert finish(run) == "completed"
    assert store.runs_with_stored_events() == []


@pytest.mark.django_db(databases=BOTH, transaction=True)
def test_of_many_equal_events_at_once_one_counts():
    run = engine.start("waiting", {})
    finish(run)
    answers = at_once(*[lambda: engine.publish("Paid", run, event_id="e1")] * 6)
    assert sorted(answers) == ["accepted"] + ["ignored"] * 5
