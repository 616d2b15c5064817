"""A worker that holds a run without its lock: whatever happens to the run between two of its commits is not lost."""

import random
import time
from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sagaflow import engine, store
from sagaflow.core.run.reports import StepClaimed
from sagaflow.core.run.skills import ALL
from sagaflow.engine.worker import Shift
from sagaflow.store import clock
from sagaflow.store.runs import records as store_records
from sagaflow.testing import moving_clock
from sagaflow.testing.clock import active
from tests.engine.conftest import BOTH, finish, kinds, status
from tests.engine.sagas import FIVE, effects

pytestmark = pytest.mark.django_db(databases=BOTH, transaction=True)


def operator(run):
    engine.operate(run, "roll_back", by="ann", reason="stop it")


def event(run):
    engine.publish("Unheard", run, {"a": 1})


def takeover(run):
    """The lease ends while the worker is busy, and another worker does the rest."""
    active().advance(3600)
    engine.wake(run, worker="another")


def death(run):
    engine.worker_died("worker")


def note(run):
    """The store delays the run without a journal entry."""
    store.refusals.note(run, ValueError("broken"))


def nothing(_):
    """The run stays as it is."""


INTRUDERS = (operator, event, takeover, death, note)


def woken(run, *intruders):
    """Wake the run; before each attempt one of the intruders changes it, between two commits of the worker."""
    due = iter(intruders)

    def carry_out(shift, work):
        next(due, nothing)(run)
        return shift.carry_out(work)

    engine.wake(run, carry_out=carry_out)


@pytest.mark.parametrize("gap", range(5))
@pytest.mark.parametrize("intruder", INTRUDERS)
def test_a_change_between_two_commits_counts(intruder, gap):
    with moving_clock():
        run = engine.start("five", {})
        woken(run, *[nothing] * gap, intruder)
        finish(run)
        assert status(run) == ("rolled_back" if intruder is operator else "completed")
        assert kinds(run).count("EventReceived") + kinds(run).count("SignalIgnored") >= (intruder is event)
        done = [effect for effect in effects(run) if effect.endswith(":do")]
        assert list(dict.fromkeys(done)) == [f"{name}:do" for name in FIVE[: gap + 1 if intruder is operator else 5]]
        undone = [effect for effect in effects(run) if effect.endswith(":undo")]
        assert undone == [f"{name}:undo" for name in reversed(FIVE[: gap + 1])] * (intruder is operator)


@pytest.mark.parametrize("seed", range(20))
def test_any_interleaving_of_holding_with_others_keeps_the_history_whole(seed):
    chance = random.Random(seed)
    with moving_clock():
        run = engine.start(chance.choice(["five", "fork", "danced", "mixed", "parent"]), {})
        for _ in range(3):
            woken(run, *chance.choices([*INTRUDERS, nothing, nothing], k=6))
        for _ in range(20):
            active().advance(3600)
            for open_run in store.overdue().runs:
                finish(open_run)
    assert status(run) in ("completed", "rolled_back", "cancelled")
    assert engine.verify(run) == []


@pytest.mark.parametrize("seed", range(10))
def test_what_a_worker_knows_of_past_attempts_is_what_the_journal_says(seed, monkeypatch):
    chance, real, asked = random.Random(seed), store.past_attempts, []

    def compared(run, step):
        asked.append(step)
        known = real(run, step)
        assert known == real(replace(run, tried=None), step)
        return known

    monkeypatch.setattr(store, "past_attempts", compared)
    last = chance.choice([["business"], ["technical", "business"]])
    with moving_clock():
        run = engine.start("five", {"plan": {f"{FIVE[-1]}:do": last, f"{FIVE[1]}:do": ["technical"]}})
        for _ in range(3):
            woken(run, *chance.choices([event, takeover, death, *[nothing] * 9], k=9))
        finish(run)
    assert status(run) == "rolled_back"
    assert asked
    assert len(store_records.of_run(run)) == 1


def test_a_run_that_was_ended_by_others_is_left_alone():
    run = engine.start("five", {})
    with moving_clock():
        woken(run, takeover)
    assert status(run) == "completed"
    ignored = [entry.fact.why for entry in engine.journal(run) if entry.kind == "SignalIgnored"]
    assert len(ignored) == 1


def test_a_clock_that_stood_still_is_not_trusted(monkeypatch):
    run = engine.start("five", {})
    shift = Shift(run, ALL, "w", lambda: True)
    work = shift.claim()
    stood = clock._monotonic()
    monkeypatch.setattr(clock, "_monotonic", lambda: stood)
    monkeypatch.setattr(clock, "YOUNG", 3600.0)
    before = store.now()
    time_of_claim = engine.journal(run)[-1].at
    while store.now() - time_of_claim < 1.2:
        time.sleep(0.05)
    assert store.now() > before
    shift.carry_out(work)
    recorded = next(entry for entry in engine.journal(run) if entry.kind == "StepSucceeded")
    assert recorded.at - time_of_claim >= 1.2


def test_a_saga_with_children_and_a_transactional_action_use_the_lock():
    run = engine.start("parent", {})
    assert store.held(run, None) is None
    exact = engine.start("five-exact", {})
    with CaptureQueriesContext(connection) as queries:
        engine.wake(exact)
    locks = [each for each in queries if each["sql"].endswith("FOR NO KEY UPDATE")]
    assert len(locks) == (5 if connection.vendor == "postgresql" else 0)


def test_a_swap_that_was_lost_writes_nothing():
    run = engine.start("five", {})
    held = store.held(run, None)
    engine.publish("Unheard", run, {})
    before = engine.journal(run)
    held.take(engine.worker.TimePassed())
    engine.claiming.claim(held, ALL, "late")
    assert held.decisions
    assert not store.save_held(held)
    assert engine.journal(run) == before


@pytest.mark.parametrize(("lease", "is_carried"), [(30.0, True), (0.001, False)])
def test_a_run_with_a_lease_that_is_over_is_read_again(lease, is_carried):
    run = engine.start("five", {})
    held = store.held(run, None)
    held.take(StepClaimed(step="first", worker="w", lease=lease))
    assert store.save_held(held)
    while held.reading.later() <= held.at + 0.001:
        pass
    assert store.held(run, held).estimated is is_carried
