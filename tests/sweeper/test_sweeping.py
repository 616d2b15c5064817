"""The sweeper is fair, does not flood the broker, and survives every failure of its dependencies."""

from datetime import timedelta

import pytest

from sagaflow import engine, store
from sagaflow.core.run.state import Direction
from sagaflow.models import CallbackToken, OutboxMessage, Run, UnmatchedEvent
from sagaflow.processes import actors, sweeper
from sagaflow.processes.sweeper import Sweeper
from sagaflow.store import definitions
from sagaflow.testing import moving_clock
from tests.engine import sagas  # noqa: F401 - registers them

pytestmark = pytest.mark.django_db(databases=["default", "participant"])


class Post:
    """A transport that keeps the hints sent to it, like a broker without workers."""

    def __init__(self):
        self.sent = []
        self.taken = 0

    def send(self, run_id, service=""):
        self.sent.append((run_id, service))

    def waiting(self, service=""):
        return sum(1 for _, name in self.sent[self.taken :] if name == service)


def test_a_run_that_is_due_is_hinted_to_the_service_that_can_go_on():
    run = engine.start("five", {})
    post = Post()
    assert Sweeper(post).sweep() == 1
    assert post.sent == [(run, "plain")]


def test_a_run_of_which_only_the_time_has_passed_needs_no_worker():
    run = engine.start("timed", {})
    with moving_clock() as clock:
        clock.advance(3600)
        post = Post()
        assert Sweeper(post).sweep() == 1
    assert post.sent == []
    assert engine.state(run)[1].steps["pause"].status == "done"


def test_what_is_not_due_is_left_alone_and_slept_until():
    engine.start("five", {}, not_before=store.now() + 0.5)
    post = Post()
    wait = Sweeper(post).turn()
    assert post.sent == []
    assert 0 < wait <= 0.5


def test_nothing_to_come_is_waited_for_at_the_usual_interval():
    assert Sweeper(Post()).turn() is None


def test_no_run_is_hinted_twice_while_its_hint_waits():
    engine.start("five", {})
    post = Post()
    rounds = Sweeper(post)
    assert [rounds.sweep() for _ in range(5)] == [1, 0, 0, 0, 0]


def test_an_empty_queue_may_have_been_flushed_and_is_filled_again():
    engine.start("five", {})
    post = Post()
    rounds = Sweeper(post)
    rounds.sweep()
    post.taken = 1
    assert rounds.sweep() == 1


def test_a_queue_that_nobody_empties_does_not_grow_without_end(monkeypatch):
    monkeypatch.setattr(sweeper, "ENOUGH", 3)
    for _ in range(10):
        engine.start("five", {})
    post = Post()
    rounds = Sweeper(post)
    for _ in range(10):
        rounds.sweep()
    assert len(post.sent) == 3


def test_runs_whose_service_is_away_keep_no_other_waiting(monkeypatch):
    monkeypatch.setattr(sweeper, "BATCH", 4)
    monkeypatch.setattr(sweeper, "ENOUGH", 2)
    for _ in range(10):
        engine.start("five", {})
    served = engine.start("five-exact", {})
    post = Post()
    rounds = Sweeper(post)
    for _ in range(4):
        rounds.sweep()
    assert (served, "exact") in post.sent


def test_observers_whose_service_is_away_keep_no_other_waiting(monkeypatch):
    monkeypatch.setattr(sweeper, "BATCH", 4)
    runs = [engine.start("mixed", {}) for _ in range(5)]
    for run in runs:
        engine.wake(run, services={"plain", "exact", "depot"})
    for number, run in enumerate(runs):  # both events of a run are due before those of the next one
        unobserved = OutboxMessage.objects.filter(run=run, observer="news", due_at__isnull=False)
        assert unobserved.update(due_at=store.to_datetime(store.now() - 60 + number)) == 2
    post = Post()
    rounds = Sweeper(post)
    for _ in range(4):
        rounds.sweep()
    assert set(post.sent) == {(run, "news") for run in runs}


def test_one_event_whose_definition_cannot_be_read_does_not_stop_the_sweeper(monkeypatch):
    broken, whole = engine.start("mixed", {}), engine.start("five", {})
    engine.wake(broken, services={"plain", "exact", "depot"})
    read = definitions.of

    def unreadable(digest):
        if read(digest).name == "mixed":
            raise definitions.BrokenDefinition("The definition was changed.")
        return read(digest)

    monkeypatch.setattr(definitions, "of", unreadable)
    post = Post()
    Sweeper(post).sweep()
    assert set(post.sent) == {(broken, ""), (whole, "plain")}


@pytest.mark.parametrize("snapshot", ["{", "null", "[]", '{"steps": []}'])
def test_one_run_that_cannot_be_read_does_not_stop_the_sweeper(snapshot):
    broken, whole = engine.start("five", {}), engine.start("five", {})
    Run.objects.filter(pk=broken).update(snapshot=snapshot)
    post = Post()
    Sweeper(post).sweep()
    assert set(post.sent) == {(broken, ""), (whole, "plain")}


def test_expired_events_and_long_expired_callbacks_are_deleted(settings):
    settings.SAGAFLOW = {**settings.SAGAFLOW, "EVENT_TTL": 0.001}
    assert engine.publish("Paid", "nobody", {}) == "unmatched"
    run = engine.start("letter", {})
    bound = store.Callback(run_id=run, step="post", direction=Direction.DO, attempt=1, token=1)
    store.open_callback(bound, timeout=60)
    store.open_callback(bound, timeout=60)
    first = CallbackToken.objects.first()
    CallbackToken.objects.filter(pk=first.pk).update(expires_at=first.expires_at - timedelta(days=60))
    UnmatchedEvent.objects.update(expires_at=store.to_datetime(store.now() - 1))
    Sweeper(Post()).tidy()
    assert UnmatchedEvent.objects.count() == 0
    assert CallbackToken.objects.filter(pk=first.pk).count() == 0
    assert CallbackToken.objects.count() == 1


def test_sweep_once_goes_all_the_way_round(monkeypatch):
    monkeypatch.setattr(sweeper, "BATCH", 2)
    post = Post()
    monkeypatch.setattr(actors, "current", lambda: post)
    runs = {engine.start("five", {}) for _ in range(7)}
    assert sweeper.sweep_once() == 7
    assert {run for run, _ in post.sent} == runs
