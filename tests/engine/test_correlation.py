"""An event that names no run finds it by the key in its payload, or starts the run, in any order and any number."""

import random
from dataclasses import replace

import pytest

from sagaflow import engine, registry
from sagaflow.core.definition.saga import Saga, Step, WaitForEvent, orchestrated, retry_whole_run
from sagaflow.core.errors import Refused
from sagaflow.models import Run, UnmatchedEvent
from tests.engine.conftest import BOTH, at_once, finish, kinds

pytestmark = pytest.mark.django_db(databases=BOTH, transaction=True)
KEY = "order-17"
SCHEMA = {"type": "object", "required": ["order"], "properties": {"order": {"type": ["string", "integer"]}}}
PLACED, PAID = {"order": KEY}, {"id": {"order": KEY}, "amount": 3}


def _saga(name: str, **options) -> Saga:
    wait = Step("paid", WaitForEvent("Paid"))
    given = {"correlate": {"Placed": "/order", "*": "/id/order"}, "starts_on": "Placed", "input_schema": SCHEMA}
    return Saga(name, orchestrated("main", wait), **given | options)


@pytest.fixture(autouse=True)
def shop():
    with registry.standing_in(_saga("shop")):
        yield


@pytest.fixture
def rival():
    with registry.standing_in(_saga("rival", correlate={"*": "/id/order"}, starts_on="")):
        yield


def _run(key=KEY, saga="shop"):
    return str(Run.objects.get(key=key, saga=saga).pk)


def reasons():
    return list(UnmatchedEvent.objects.order_by("pk").values_list("reason", flat=True))


def test_the_first_event_starts_the_run_with_its_payload_and_the_next_ones_find_it():
    assert engine.publish("Placed", payload=PLACED, by="anna") == "accepted"
    assert engine.publish("Paid", payload=PAID) == "accepted"
    run = Run.objects.get()
    assert (run.key, run.by, finish(str(run.pk))) == (KEY, "anna", "completed")
    state = engine.state(str(run.pk))[1]
    assert (state.input, state.steps["paid"].output) == (PLACED, PAID)


def test_a_whole_number_is_the_key_that_it_is_written_as():
    engine.publish("Placed", payload={"order": 17})
    assert engine.publish("Paid", payload={"id": {"order": "17"}}) == "accepted"


@pytest.mark.parametrize("order", [{}, 1.5, True, None, "", " x", "x" * 201, ["a"], {"a": 1}])
def test_a_payload_without_a_key_is_kept_with_the_reason_and_no_run_takes_it(order):
    payload = order if order == {} else {"order": order}
    assert engine.publish("Placed", payload=payload, event_id="e1") == "unmatched"
    [reason] = reasons()
    assert reason.startswith("Saga 'shop' looks for the key of the run at '/order' in the payload of 'Placed', and ")
    assert (engine.adopt(), Run.objects.count()) == (0, 0)


def test_an_event_that_comes_before_its_run_is_delivered_when_the_run_starts():
    assert engine.publish("Paid", payload=PAID, event_id="e1") == "unmatched"
    assert reasons() == [f"no run of saga 'shop' has the key '{KEY}' yet"]
    engine.publish("Placed", payload=PLACED)
    assert (finish(_run()), reasons()) == ("completed", [])


def test_the_event_that_starts_a_run_starts_nothing_the_second_time():
    assert engine.publish("Placed", payload=PLACED, event_id="e1") == "accepted"
    assert engine.publish("Placed", payload=PLACED, event_id="e1") == "ignored"
    assert engine.publish("Placed", payload={"order": KEY, "more": 1}, event_id="e2") == "ignored"
    engine.publish("Paid", payload=PAID)
    assert finish(_run()) == "completed"
    assert engine.publish("Placed", payload=PLACED, event_id="e3") == "ignored"
    assert (Run.objects.count(), reasons()) == (1, [])


def test_a_payload_that_the_schema_refuses_starts_nothing_and_is_kept_with_the_reason():
    with registry.standing_in(_saga("shop", input_schema=SCHEMA | {"required": ["order", "total"]})):
        assert engine.publish("Placed", payload=PLACED) == "unmatched"
    [reason] = reasons()
    assert reason.startswith(f"the event does not start a run of saga 'shop' with the key '{KEY}': The input of saga")
    assert "total" in reason
    assert not Run.objects.exists()


def test_a_sender_who_may_not_start_runs_starts_none_and_the_event_is_kept():
    assert engine.publish("Placed", payload=PLACED, may_start=lambda saga: False) == "unmatched"
    assert reasons() == ["its sender may not start runs of saga 'shop', which the event would start"]
    assert not engine.finds_run("Placed", PLACED, may_start=lambda saga: False)
    assert engine.finds_run("Placed", PLACED)


def test_an_event_that_no_saga_correlates_is_refused_and_names_the_remedy():
    with pytest.raises(Refused, match="no saga says how it finds one; give the ID or the key") as refused:
        engine.publish("Rain", payload=PAID)
    assert (refused.value.code, reasons()) == ("no-correlation", [])
    with pytest.raises(Refused, match="no saga"):
        engine.publish("Paid", payload=PAID, may_have=lambda saga: False)


def test_each_saga_that_correlates_the_event_gets_it_and_the_inbox_keeps_it_for_one_without_a_run(rival):
    engine.publish("Placed", payload=PLACED)
    assert engine.publish("Paid", payload=PAID, event_id="e1") == "accepted"
    assert reasons() == [f"no run of saga 'rival' has the key '{KEY}' yet"]
    run = engine.start("rival", {"order": KEY}, key=KEY)
    assert [finish(run), finish(_run()), reasons()] == ["completed", "completed", []]


def test_an_event_that_only_correlate_names_reaches_the_run_as_unexpected():
    with registry.standing_in(_saga("shop", correlate={"Placed": "/order", "Closed": "/order"})):
        engine.publish("Placed", payload=PLACED)
        assert engine.publish("Closed", payload=PLACED) == "ignored"
        assert kinds(_run())[-1] == "SignalIgnored"
        with pytest.raises(Refused, match="no saga"):
            engine.publish("Paid", payload=PAID)


def test_after_a_retry_of_the_whole_run_the_latest_run_gets_the_event():
    again = replace(registry.get_saga("waiting"), after_rollback=retry_whole_run(times=1, delay=1), name="again")
    with registry.standing_in(replace(again, correlate={"Paid": "/order"})):
        run = engine.start("again", {"plan": {"first:do": ["business"]}}, key=KEY)
        assert finish(run) == "rolled_back"
        assert engine.publish("Paid", payload=PLACED) == "accepted"
        assert "EventReceived" in kinds(str(Run.objects.get(origin_id=run).pk))


def test_an_event_for_a_run_that_has_ended_is_kept_and_says_so():
    engine.publish("Placed", payload=PLACED)
    engine.publish("Paid", payload=PAID)
    finish(_run())
    assert engine.publish("Paid", payload=PAID, event_id="late") == "unmatched"
    assert reasons() == ["the run has ended"]


def test_an_event_for_a_round_has_to_name_its_run():
    with pytest.raises(Refused, match="must name its run"):
        engine.publish("Paid", payload=PAID, round=1)


@pytest.mark.parametrize("seed", range(8))
def test_law_events_in_any_order_and_any_number_equal_each_of_them_once(seed):
    acts = [lambda: engine.publish("Placed", payload=PLACED, event_id="p1")] * 3
    acts += [lambda: engine.publish("Paid", payload=PAID, event_id="p2")] * 3
    random.Random(seed).shuffle(acts)
    for act in acts:
        act()
        engine.adopt()
    assert (Run.objects.count(), kinds(_run()).count("EventReceived")) == (1, 1)
    assert (finish(_run()), engine.state(_run())[1].steps["paid"].output) == ("completed", PAID)


@pytest.mark.parametrize("by_hand_first", [True, False])
def test_law_a_start_by_an_event_and_a_start_by_hand_with_the_same_key_are_the_same_run(by_hand_first):
    acts = [lambda: engine.start("shop", PLACED, key=KEY), lambda: engine.publish("Placed", payload=PLACED)]
    for act in acts if by_hand_first else reversed(acts):
        act()
    assert (Run.objects.count(), engine.start("shop", PLACED, key=KEY)) == (1, _run())


def test_events_that_start_a_run_at_the_same_moment_start_one():
    answers = at_once(
        *[lambda at=at: engine.publish("Placed", payload=PLACED | {"n": at}) for at in range(3)],
        lambda: engine.publish("Paid", payload=PAID, event_id="p"),
    )
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    engine.adopt()
    assert (Run.objects.count(), finish(_run()), reasons()) == (1, "completed", [])


def test_an_event_that_a_run_took_before_its_end_is_ignored_when_it_comes_again():
    engine.publish("Placed", payload=PLACED, event_id="1")
    engine.publish("Paid", payload=PAID, event_id="2")
    assert finish(_run()) == "completed"
    assert engine.publish("Paid", payload=PAID, event_id="2") == "ignored"
    assert engine.publish("Paid", _run(), PAID, event_id="2") == "ignored"
    assert not UnmatchedEvent.objects.exists()
    assert engine.publish("Paid", payload=PAID, event_id="3") == "unmatched"
