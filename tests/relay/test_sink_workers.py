"""A sink that is slow or away delays itself only."""

from threading import Event, current_thread

import pytest

from sagaflow.processes import sink_workers
from sagaflow.processes.sink_workers import FAILURES, Behind, NotTaken, Parcel, deliver

pytestmark = pytest.mark.quick

EVENTS = [{"id": str(number), "subject": f"run {number}"} for number in range(10)]
PARCELS = [Parcel(event=event) for event in EVENTS]


@pytest.fixture(autouse=True)
def _new_threads():
    sink_workers.forget()
    yield
    sink_workers.forget()


class Kept(list):
    """A sink in memory."""

    def __call__(self, event):
        self.append(event)


def failing(calls):
    def sink(event):
        calls.append(event)
        raise ConnectionError("away")

    return sink


def test_a_sink_that_hangs_does_not_keep_events_from_the_others(monkeypatch):
    monkeypatch.setattr(sink_workers, "BUDGET", 1.0)
    freed, kept = Event(), Kept()

    def hangs(_):
        freed.wait(30)

    try:
        reasons = deliver(PARCELS, [hangs, kept])
        assert kept == EVENTS
        assert {(type(found[0]), found[1]) for found in reasons} == {(NotTaken, None)}
        deliver(PARCELS, [hangs, kept])
        assert kept == EVENTS * 2
    finally:
        freed.set()


def test_a_sink_that_fails_again_and_again_is_left_alone_for_a_pause_that_grows(monkeypatch):
    monkeypatch.setattr(sink_workers, "FIRST_PAUSE", 60.0)
    calls, kept = [], Kept()
    away = failing(calls)
    reasons = deliver(PARCELS, [away, kept])
    assert (len(calls), len(kept)) == (FAILURES, len(EVENTS))
    assert [type(found[0]) for found in reasons[: FAILURES + 1]] == [ConnectionError] * FAILURES + [NotTaken]
    deliver(PARCELS, [away, kept])
    assert len(calls) == FAILURES
    worker = sink_workers._worker(away)
    worker.rests_until = 0.0
    deliver(PARCELS, [away, kept])
    assert len(calls) == FAILURES + 1
    assert worker.rests_until > 60.0


def test_a_sink_gets_the_events_in_their_order():
    one, two = Kept(), Kept()
    assert deliver(PARCELS, [one, two]) == [{0: None, 1: None}] * len(EVENTS)
    assert one == two == EVENTS


def test_a_sink_gets_only_what_it_lacks():
    one, two = Kept(), Kept()
    taken = [{0}, {1}, {0, 1}, *[()] * (len(EVENTS) - 3)]
    parcels = [Parcel(event=event, taken=frozenset(has)) for event, has in zip(EVENTS, taken, strict=True)]
    outcomes = deliver(parcels, [one, two])
    assert (one, two) == ([EVENTS[1], *EVENTS[3:]], [EVENTS[0], *EVENTS[3:]])
    assert outcomes[:4] == [{1: None}, {0: None}, {}, {0: None, 1: None}]


def test_a_sink_that_is_alone_is_called_in_the_thread_of_the_relay():
    threads = []
    deliver(PARCELS[:1], [lambda _: threads.append(current_thread())])
    assert threads == [current_thread()]


def refusing(ids, kept):
    def sink(event):
        if event["id"] in ids:
            raise ConnectionError("not this one")
        kept(event)

    return sink


OF_TWO_RUNS = [{"id": str(number), "subject": f"run {number % 2}"} for number in range(6)]


@pytest.mark.parametrize("others", [0, 1], ids=["alone", "in its thread"])
def test_after_an_event_that_a_sink_refuses_it_gets_no_later_one_of_the_run(others):
    kept, other = Kept(), Kept()
    parcels = [Parcel(event=event) for event in OF_TWO_RUNS]
    outcomes = deliver(parcels, [refusing({"2"}, kept), *[other] * others])
    assert [event["id"] for event in kept] == ["0", "1", "3", "5"]
    reasons = {number: type(found[0]) for number, found in enumerate(outcomes) if found[0]}
    assert reasons == {2: ConnectionError, 4: Behind}
    assert other == OF_TWO_RUNS * others


def test_an_event_that_holds_no_others_is_passed_and_one_that_waits_for_another_batch_is_not_sent():
    kept = Kept()
    parcels = [
        Parcel(event=event, holds=event["id"] != "2", behind=frozenset({0} if event["id"] == "3" else ()))
        for event in OF_TWO_RUNS
    ]
    outcomes = deliver(parcels, [refusing({"2"}, kept)])
    assert [event["id"] for event in kept] == ["0", "1", "4"]
    assert [number for number, found in enumerate(outcomes) if isinstance(found[0], Behind)] == [3, 5]
