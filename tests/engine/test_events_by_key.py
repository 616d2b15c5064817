"""An event finds its run by the key of the run. One that finds none, or two, is stored with the reason."""

import random
import uuid
from dataclasses import replace

import pytest

from sagaflow import engine, registry, store
from sagaflow.core.definition.saga import retry_whole_run
from sagaflow.models import Run, UnmatchedEvent
from tests.engine.conftest import BOTH, at_once, finish, kinds, status

pytestmark = pytest.mark.django_db(databases=BOTH)
KEY = "order-17"


@pytest.fixture
def rival():
    """Another saga that waits for the event Paid."""
    with registry.standing_in(replace(registry.get_saga("waiting"), name="rival")):
        yield "rival"


def reason():
    return UnmatchedEvent.objects.get().reason


def test_an_event_finds_its_run_by_the_key():
    run = engine.start("waiting", {}, key=KEY)
    assert engine.addressee("Paid", KEY) == run
    assert engine.publish("Paid", KEY, {"amount": 3}, event_id="e1") == "accepted"
    assert engine.publish("Paid", KEY, {"amount": 3}, event_id="e1") == "ignored"
    assert finish(run) == "completed"
    assert engine.state(run)[1].steps["paid"].output == {"amount": 3}


@pytest.mark.parametrize("key", [KEY, "3a3b9f8e-0000-4000-8000-000000000000", "3A3B9F8E-0000-4000-8000-00000000000A"])
def test_an_event_that_comes_before_its_run_is_kept_and_delivered(key, django_capture_on_commit_callbacks):
    assert engine.publish("Paid", key, {"amount": 3}) == "unmatched"
    assert "yet" in reason()
    with django_capture_on_commit_callbacks(execute=True):
        run = engine.start("waiting", {}, key=key)
    assert finish(run) == "completed"
    assert not UnmatchedEvent.objects.exists()


def test_the_sweeper_delivers_what_a_dead_process_left():
    engine.publish("Paid", KEY)
    run = engine.start("waiting", {}, key=KEY)
    assert (engine.adopt(), finish(run)) == (1, "completed")


def test_an_event_that_no_run_with_the_key_hears_waits_for_one_that_does():
    engine.start("five", {}, key=KEY)
    assert engine.publish("Paid", KEY) == "unmatched"
    assert reason() == f"no run with the ID or the key '{KEY}' waits for this event yet"
    assert engine.adopt() == 0
    run = engine.start("waiting", {}, key=KEY)
    assert (engine.adopt(), finish(run)) == (1, "completed")


def test_an_event_that_finds_two_runs_goes_to_neither_and_the_reason_names_both(rival):
    runs = sorted(engine.start(saga, {}, key=KEY) for saga in ("waiting", rival))
    assert engine.publish("Paid", KEY) == "unmatched"
    assert reason() == f"2 runs with the key '{KEY}' wait for this event, {' and '.join(runs)}; name one by its ID"
    assert engine.adopt() == 0
    assert all("EventReceived" not in kinds(run) for run in runs)
    assert engine.publish("Paid", runs[0]) == "accepted"


def test_only_the_runs_that_the_sender_may_have_are_found(rival):
    run = engine.start("waiting", {}, key=KEY)
    engine.start(rival, {}, key=KEY)
    assert engine.addressee("Paid", KEY, lambda saga: saga.name == "five") == ""
    assert engine.addressee("Paid", KEY, lambda saga: saga.name == "waiting") == run
    assert engine.publish("Paid", KEY, may_have=lambda saga: saga.name == "waiting") == "accepted"
    assert "EventReceived" in kinds(run)


def test_an_event_for_a_run_that_ended_says_so():
    run = engine.start("waiting", {}, key=KEY)
    engine.publish("Paid", KEY)
    finish(run)
    assert engine.publish("Paid", KEY, event_id="late") == "unmatched"
    assert reason() == "the run has ended"


def test_after_a_retry_of_the_whole_run_events_go_to_the_latest_run():
    again = replace(registry.get_saga("waiting"), name="again", after_rollback=retry_whole_run(times=1, delay=1))
    with registry.standing_in(again):
        run = engine.start("again", {"plan": {"first:do": ["business"]}}, key=KEY)
        assert finish(run) == "rolled_back"
        [retry] = store.runs(origin_id=run)
        assert engine.addressee("Paid", KEY) == retry.run_id
        assert engine.publish("Paid", KEY) == "accepted"
        assert "EventReceived" in kinds(retry.run_id)


def test_the_id_of_a_run_comes_before_a_key_of_the_same_text():
    first = engine.start("waiting", {}, run_id=str(uuid.uuid4()))
    engine.start("waiting", {}, key=first)
    assert engine.addressee("Paid", first) == first


@pytest.mark.django_db(databases=BOTH, transaction=True)
@pytest.mark.parametrize("seed", range(8))
def test_law_starts_and_events_in_any_order_end_in_one_run_per_key_that_got_each_event_once(seed):
    keys = [KEY, "order-18"]
    acts = [lambda key=key: engine.start("waiting", {}, key=key) for key in keys for _ in range(3)]
    acts += [lambda key=key: engine.publish("Paid", key, event_id=f"paid {key}") for key in keys for _ in range(3)]
    random.Random(seed).shuffle(acts)
    for act in acts:
        act()
        engine.adopt()
    runs = {run.key: str(run.pk) for run in Run.objects.all()}
    assert (Run.objects.count(), sorted(runs)) == (2, keys)
    assert [kinds(run).count("EventReceived") for run in runs.values()] == [1, 1]
    assert [finish(run) for run in runs.values()] == ["completed"] * 2


@pytest.mark.django_db(databases=BOTH, transaction=True)
@pytest.mark.parametrize("times", range(3))
def test_a_start_and_its_event_at_the_same_moment_meet(times):
    start = lambda: engine.start("waiting", {}, key=KEY)  # noqa: E731
    answers = at_once(start, start, *[lambda: engine.publish("Paid", KEY, event_id="e1")] * 2)
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    engine.adopt()
    [run] = map(str, Run.objects.values_list("pk", flat=True))
    assert (finish(run), kinds(run).count("EventReceived"), status(run)) == ("completed", 1, "completed")
