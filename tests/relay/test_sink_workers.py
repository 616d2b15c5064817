"""A sink that is slow or away delays itself only."""

from threading import Event, current_thread

import pytest

from sagaflow.processes import sink_workers
from sagaflow.processes.sink_workers import FAILURES, NotTaken, deliver

pytestmark = pytest.mark.quick

EVENTS = [{"id": str(number)} for number in range(10)]


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
        reasons = deliver(EVENTS, [hangs, kept])
        assert kept == EVENTS
        assert {(type(found[0]), found[1]) for found in reasons} == {(NotTaken, None)}
        deliver(EVENTS, [hangs, kept])
        assert kept == EVENTS * 2
    finally:
        freed.set()


def test_a_sink_that_fails_again_and_again_is_left_alone_for_a_pause_that_grows(monkeypatch):
    monkeypatch.setattr(sink_workers, "FIRST_PAUSE", 60.0)
    calls, kept = [], Kept()
    away = failing(calls)
    reasons = deliver(EVENTS, [away, kept])
    assert (len(calls), len(kept)) == (FAILURES, len(EVENTS))
    assert [type(found[0]) for found in reasons[: FAILURES + 1]] == [ConnectionError] * FAILURES + [NotTaken]
    deliver(EVENTS, [away, kept])
    assert len(calls) == FAILURES
    worker = sink_workers._worker(away)
    worker.rests_until = 0.0
    deliver(EVENTS, [away, kept])
    assert len(calls) == FAILURES + 1
    assert worker.rests_until > 60.0


def test_a_sink_gets_the_events_in_their_order():
    one, two = Kept(), Kept()
    assert deliver(EVENTS, [one, two]) == [{0: None, 1: None}] * len(EVENTS)
    assert one == two == EVENTS


def test_a_sink_gets_only_what_it_lacks():
    one, two = Kept(), Kept()
    taken = [{0}, {1}, {0, 1}, *[()] * (len(EVENTS) - 3)]
    outcomes = deliver(EVENTS, [one, two], taken)
    assert (one, two) == ([EVENTS[1], *EVENTS[3:]], [EVENTS[0], *EVENTS[3:]])
    assert outcomes[:4] == [{1: None}, {0: None}, {}, {0: None, 1: None}]


def test_a_sink_that_is_alone_is_called_in_the_thread_of_the_relay():
    threads = []
    deliver(EVENTS[:1], [lambda _: threads.append(current_thread())])
    assert threads == [current_thread()]
