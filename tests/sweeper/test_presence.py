"""The processes that perform steps: which are present, which died, and what happens to their steps."""

import logging
from datetime import timedelta

import pytest

from sagaflow import engine, registry, store
from sagaflow.core.run.reports import TimePassed
from sagaflow.core.run.skills import ALL, Skills
from sagaflow.engine.worker import Shift
from sagaflow.models import Process, Run, Subscription
from sagaflow.processes import presence
from sagaflow.processes.sweeper import Sweeper
from sagaflow.store.runs.presence import LIVE, SILENT
from sagaflow.testing import moving_clock
from tests.engine import sagas  # noqa: F401 - registers them
from tests.engine.conftest import kinds
from tests.sweeper.test_sweeping import Post

pytestmark = pytest.mark.django_db(databases=["default", "participant"])


@pytest.fixture
def clock():
    with moving_clock() as moving:
        yield moving


def claimed(worker="host:7:1"):
    """A run whose first step is leased to the worker."""
    run = engine.start("five", {})
    assert Shift(run, ALL, worker, lambda: True).claim()
    return run


def test_a_process_counts_as_long_as_it_gives_signs_of_life(clock):
    store.appear("host:1:1", "worker", ["plain"], ["plain.do"])
    store.appear("host:1:sweeper", "sweeper")
    assert store.live() == (Skills(frozenset({"plain"}), frozenset({"plain.do"})),)
    clock.advance(LIVE + 1)
    assert store.live() == ()
    store.appear("host:1:1", "worker", None, ["plain.do"])
    assert store.live() == (Skills(None, frozenset({"plain.do"})),)
    store.leave("host:1:1")
    assert store.live() == ()


def test_a_worker_says_what_its_code_can_do_and_a_sweeper_does_nothing_of_it():
    presence.Presence("w", "worker", None).beat()
    presence.Presence("s", "sweeper").beat()
    known = dict(Process.objects.values_list("name", "known"))
    assert set(known["w"]) == registry.known()
    assert known["s"] == []


def test_what_a_dead_worker_held_is_given_back_at_once_and_is_performed_alone():
    run, other = claimed(), claimed("host:8:1")
    broken = claimed()
    Run.objects.filter(pk=broken).update(snapshot='{"worker":"host:7:1"')
    dead_workers = presence.DeadWorkers()
    dead_workers.add("host:7:1", "was killed by SIGSEGV")
    dead_workers.give_back()
    first = engine.state(run)[1].steps["first"]
    assert (first.status, first.deaths, first.attempts - first.forgiven) == ("due", 1, 0)
    assert engine.state(other)[1].steps["first"].status == "running"
    asked = []
    assert engine.wake(run, isolate=asked.append) == 0
    assert asked == [run]
    assert engine.wake(run, alone=True) == 1
    assert engine.state(run)[1].steps["first"].status == "done"
    assert engine.wake(other, alone=True) == 0


def test_a_lease_that_runs_out_tells_a_worker_that_was_lost_from_one_that_is_slow(clock):
    store.appear("host:7:1", "worker")
    lost, slow = claimed(), claimed("host:8:1")
    clock.advance(max(SILENT, 30.0) + 1)
    store.appear("host:8:1", "worker")
    for run in (lost, slow):
        engine.deliver(run, TimePassed())
    assert ("WorkerDied" in kinds(lost), "StepFailed" in kinds(lost)) == (True, False)
    assert ("WorkerDied" in kinds(slow), "StepFailed" in kinds(slow)) == (False, True)


def test_the_sweeper_tells_of_work_that_no_live_worker_can_do_and_hints_at_it_ever_more_rarely(clock, monkeypatch):
    now = [100.0]
    monkeypatch.setattr("sagaflow.processes.sweeper.time.monotonic", lambda: now[0])
    store.appear("host:1:1", "worker", None, ["other.do"])
    run = engine.start("five", {})
    post = Post()
    rounds = Sweeper(post)
    for _ in range(60):
        post.taken = len(post.sent)  # a worker takes each hint, but cannot do the step
        rounds.sweep()
        now[0] += 1.0
        clock.advance(1.0)
        store.appear("host:1:1", "worker", None, ["other.do"])
    assert 8 <= len(post.sent) <= 14
    assert kinds(run).count("WorkUnserved") == 1
    assert store.run(run).attention == "no worker"
    before = len(post.sent)
    store.appear("host:2:1", "worker", None, registry.known())
    now[0] += 1.0
    rounds.sweep()
    assert len(post.sent) == before + 1


def test_a_worker_leaves_to_others_what_its_code_lacks():
    run = engine.start("five", {})
    assert engine.wake(run, known=["other.do"]) == 0
    assert engine.state(run)[1].steps["first"].attempts == 0
    assert engine.wake(run, known=registry.known()) > 0


def test_many_timers_share_a_commit(clock, django_assert_max_num_queries):
    runs = [engine.start("timed", {}) for _ in range(20)]
    clock.advance(60)
    with django_assert_max_num_queries(10 + 4 * len(runs)):
        assert Sweeper(Post()).sweep() == len(runs)
    assert all(engine.state(run)[1].steps["pause"].status == "done" for run in runs)


def test_a_run_that_is_broken_does_not_keep_the_timers_beside_it(clock, monkeypatch, caplog):
    runs = [engine.start("timed", {}) for _ in range(3)]
    clock.advance(60)
    Run.objects.filter(pk=runs[0]).update(wake_at=store.to_datetime(store.now() - timedelta(hours=1).total_seconds()))
    real = engine.pass_time
    monkeypatch.setattr(engine, "pass_time", lambda ids: 1 / 0 if runs[0] in ids else real(ids))
    post = Post()
    with caplog.at_level(logging.ERROR):
        Sweeper(post).sweep()
    assert {run for run, _ in post.sent} == set(runs)


@pytest.mark.parametrize(("kind", "listens"), [("worker", True), ("embedded", True), ("sweeper", False)])
def test_a_process_that_performs_says_who_subscribes_in_its_code(kind, listens):
    presence.Presence("host:1:1", kind).beat()
    assert Subscription.objects.filter(name="newsletter.add_reader", app="examples.newsletter").exists() == listens


def test_a_new_process_with_the_app_and_without_the_code_lets_a_subscriber_leave(clock, monkeypatch):
    presence.Presence("host:1:1", "worker").beat()
    known = Subscription.objects.count()
    monkeypatch.delitem(registry._subscribers, "newsletter.remove_reader")
    old = presence.Presence("host:2:1", "worker")
    clock.advance(1)
    old.beat()
    Sweeper(Post()).tidy()
    assert Subscription.objects.count() == known, "its old processes may still be there"
    clock.advance(301)
    old.beat()
    Sweeper(Post()).tidy()
    assert not Subscription.objects.filter(name="newsletter.remove_reader").exists()
    assert Subscription.objects.filter(name="newsletter.add_reader").exists()
