"""A batch carries on many runs as if each were alone: with the same effects and ends, and each with its own fate.

SQLite has no statement for many runs, so that no batch is made there: ``carried_on`` then wakes each run alone.
"""

import random
import threading
import time
from collections import Counter
from contextlib import suppress
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, close_old_connections, connection

from sagaflow import engine, registry, store, subscribe
from sagaflow.core.run.reports import WorkerDied
from sagaflow.core.run.skills import ALL
from sagaflow.engine import pace
from sagaflow.engine.batch import Batch, Crew, can_batch
from sagaflow.engine.transaction import HeldChange
from sagaflow.models import Run
from sagaflow.store.runs import group_commit, saving, writing
from tests.engine.conftest import BOTH, at_once, counting_commits, finish, kinds, status, sweep
from tests.engine.sagas import FIVE, begun, effects, gate
from tests.servers.waiting import until

pytestmark = pytest.mark.django_db(databases=BOTH, transaction=True)

PLANS = (
    {},
    {"third:do": ["business"]},
    {"second:do": ["technical"]},
    {"first:do": ["technical", "technical", "technical"]},
    {"second:do": ["crash"]},
    {"third:do": ["business"], "first:undo": ["technical"]},
    {"third:do": ["business"], "second:undo": ["crash"]},
)
KINDS = ("five", "danced", "fork", "mixed", "letter", "parent", "again", "five-exact")


class Band:
    """A crew whose runs wait in a list, and what the batch gave back."""

    def __init__(self, *run_ids, at_most=100):
        self.waiting, self.alone, self.failed, self.at_most = [*run_ids], [], [], at_most
        self.goes_on = True
        self.turn = lambda: None
        crew = Crew("band", ALL, lambda: self.goes_on, self.join, self.alone.append, self.fail)
        self.batch = Batch(crew)

    def join(self, most):
        self.turn()
        most = min(most, self.at_most)
        joined, self.waiting[:] = self.waiting[:most], self.waiting[most:]
        return joined

    def fail(self, run_id, error):
        self.failed.append((run_id, error))


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """All that was performed before this test counts as quick, except the actions of the service ``slow``."""
    monkeypatch.setattr(pace, "_actions", dict.fromkeys(("plain.do", "plain.undo", "depot.do", "depot.undo"), 0.0))
    monkeypatch.setattr(pace, "_services", {"plain": 0.0, "depot": 0.0})
    monkeypatch.setattr(pace, "QUICK", 30.0)  # on a busy machine, nothing is quick by the clock


def carried_on(*run_ids, **options):
    """Carry on runs in a batch, where there are batches, and then as a sweeper and a worker would; return the band."""
    band = Band(*run_ids, **options)
    if can_batch("plain"):
        band.batch.carry_on()
        for run_id in band.alone:
            finish(run_id)
    for run_id in run_ids:
        finish(run_id)
    while sweep():
        pass
    return band


def needs_batches():
    """Say in the test of which database there are none."""
    return connection.vendor == "postgresql"


def test_only_postgresql_and_services_that_are_quick_have_batches(monkeypatch):
    assert can_batch("plain") is needs_batches()
    assert not can_batch("")
    assert not can_batch("never-performed")
    monkeypatch.setitem(pace._services, "plain", 40.0)
    assert not can_batch("plain")


@pytest.mark.parametrize("seed", range(6))
def test_runs_of_all_kinds_have_the_effects_and_ends_that_they_have_alone(seed):
    chance = random.Random(seed)
    chosen = [(chance.choice(KINDS), chance.choice(PLANS)) for _ in range(24)]
    together = [engine.start(name, {"plan": plan}) for name, plan in chosen]
    alone = [engine.start(name, {"plan": plan}) for name, plan in chosen]
    band = carried_on(*together, at_most=chance.choice([1, 5, 100]))
    for run_id in alone:
        finish(run_id)
    while sweep():
        pass
    assert [story(run_id) for run_id in together] == [story(run_id) for run_id in alone]
    assert band.failed == []


def story(run_id):
    """The end of a run, each of its steps, and its effects."""
    saga, state = engine.state(run_id)
    done = Counter(effects(run_id)) + Counter(effects(run_id, "participant"))
    done = {effect: number for effect, number in done.items() if not effect.endswith(":seen")}  # as often as tried
    return saga.name, state.status, {name: (step.status, step.attempts) for name, step in state.steps.items()}, done


def test_a_batch_reads_with_one_statement_and_saves_with_one_commit_each_time():
    runs = [engine.start("five", {}) for _ in range(8)]
    reads = []
    with counting_commits() as commits, connection.execute_wrapper(reading(reads)):
        band = Band(*runs)
        band.batch.carry_on() if needs_batches() else carried_on(*runs)
    if needs_batches():
        saved = [commit for commit in commits if "sagaflow_barrier" not in commit]
        assert (len(saved), len(reads)) == (6, 1)
        assert band.alone == []
    assert {status(run_id) for run_id in runs} == {"completed"}


def reading(reads):
    def statement(execute, sql, params, many, context):
        if sql.startswith("SELECT") and "sagaflow_run" in sql:
            reads.append(sql)
        return execute(sql, params, many, context)

    return statement


def test_more_runs_than_a_batch_holds_join_as_others_end(monkeypatch):
    monkeypatch.setattr("sagaflow.engine.batch.MOST", 3)
    runs = [engine.start("five", {}) for _ in range(8)]
    sizes = []
    real = store.save_held_together
    monkeypatch.setattr(store, "save_held_together", lambda runs: sizes.append(len(runs)) or real(runs))
    band = carried_on(*runs)
    assert band.waiting == [] if needs_batches() else True
    assert max(sizes, default=3) == 3
    assert {status(run_id) for run_id in runs} == {"completed"}
    assert all(effects(run_id) == [f"{name}:do" for name in FIVE] for run_id in runs)


@pytest.mark.parametrize("seed", range(8))
def test_whoever_changes_a_run_between_two_commits_is_heard_and_nothing_happens_twice(seed):
    chance = random.Random(seed)
    runs = [engine.start("five", {}) for _ in range(6)]
    rolled_back, turns = set(), []

    def turn():
        turns.append(1)
        run_id = chance.choice(runs)
        match chance.randrange(4):
            case 0:
                engine.publish("Unheard", run_id, {})
            case 1 if run_id not in rolled_back and status(run_id) == "running":
                engine.operate(run_id, "roll_back", by="ada", reason="a change of mind")
                rolled_back.add(run_id)
            case 2:
                engine.wake(run_id)  # another worker: what the batch holds is leased
            case _:
                pass

    band = Band(*runs)
    band.turn = turn
    if needs_batches():
        band.batch.carry_on()
    for run_id in runs:
        finish(run_id)
    assert band.failed == []
    for run_id in runs:
        assert status(run_id) in ("completed", "rolled_back")
        done = Counter(effects(run_id))
        assert set(done.values()) <= {1}
        if status(run_id) == "rolled_back":
            assert {name for name in done if name.endswith(":do")} == {
                name.replace("undo", "do") for name in done if name.endswith(":undo")
            }


def test_a_run_whose_change_fails_fails_alone(monkeypatch):
    bad, *good = (engine.start("five", {}) for _ in range(4))
    change = saving._change

    def refused(run, *given):
        made = change(run, *given)
        if run.run_id != bad:
            return made
        entry = [*made.journal[-1]]
        entry[writing.ENTRY.index("kind")] = None
        return made._replace(journal=[*made.journal[:-1], tuple(entry)])

    with monkeypatch.context() as patch:
        patch.setattr(saving, "_change", refused)
        band = Band(bad, *good)
        if needs_batches():
            band.batch.carry_on()
            ((run_id, error),) = band.failed
            assert run_id == bad
            assert isinstance(error, DatabaseError)
        else:
            with pytest.raises(DatabaseError):
                engine.wake(bad)
    for run_id in good:
        assert finish(run_id) == "completed"
        assert effects(run_id) == [f"{name}:do" for name in FIVE]
    assert effects(bad) == []


def test_a_database_that_is_away_fails_each_run_and_the_batch_ends(monkeypatch):
    runs = [engine.start("five", {}) for _ in range(3)]
    band = Band(*runs)

    def away(*_, **__):
        raise DatabaseError("the server is away")

    with monkeypatch.context() as patch:
        patch.setattr(store, "held_together", away)
        patch.setattr(store, "locked", away)
        if needs_batches():
            band.batch.carry_on()
            assert [run_id for run_id, _ in band.failed] == runs
    carried_on(*runs)
    assert {status(run_id) for run_id in runs} == {"completed"}


def test_what_needs_a_transaction_or_time_of_its_own_gets_a_thread_of_its_own(monkeypatch):
    monkeypatch.setitem(pace._actions, "exact.do", 0.0)
    runs = {name: engine.start(name, {}) for name in ("five-exact", "long", "parent", "five")}
    gate.set()
    band = Band(*runs.values())
    if needs_batches():
        band.batch.carry_on()
        assert set(band.alone) == {runs["five-exact"], runs["long"], runs["parent"]}
        assert effects(runs["parent"]) == ["first:do"]
        assert status(runs["five"]) == "completed"
        assert effects(runs["five-exact"]) == []
    carried_on(*runs.values())
    assert {status(run_id) for run_id in runs.values()} == {"completed"}


def test_a_run_whose_events_are_heard_here_delivers_them_on_a_thread_of_its_own(monkeypatch):
    monkeypatch.setattr(registry, "_actions", dict(registry._actions))
    monkeypatch.setattr(registry, "_subscribers", {})
    heard = []
    subscribe("SagaCompleted", saga="five", name="books.note", team="books")(lambda event: heard.append(event.run_id))
    store.declare(registry.subscribers())
    runs = [engine.start("five", {}) for _ in range(3)]
    carried_on(*runs)
    assert sorted(heard) == sorted(runs)


def test_hints_that_are_double_wrong_or_late_harm_nothing():
    run, done = engine.start("five", {}), engine.start("five", {})
    finish(done)
    unknown = "00000000-0000-4000-8000-000000000000"
    band = Band(run, run, unknown, "no run at all", done)
    if needs_batches():
        band.batch.carry_on()
        assert set(band.alone) == {unknown, "no run at all"}
        assert [engine.wake(run_id) for run_id in band.alone] == [0, 0]
    assert band.failed == []
    assert finish(run) == "completed"
    assert effects(run) == effects(done) == [f"{name}:do" for name in FIVE]


def test_a_worker_that_stops_claims_no_more_and_records_what_it_did():
    runs = [engine.start("five", {}) for _ in range(3)]
    band, turns = Band(*runs), []

    def turn():
        turns.append(1)
        band.goes_on = len(turns) < 2

    band.turn = turn
    if needs_batches():
        band.batch.carry_on()
        assert [effects(run_id) for run_id in runs] == [["first:do"]] * 3
        assert {engine.state(run_id)[1].steps["first"].status for run_id in runs} == {"done"}
    carried_on(*runs)
    assert all(effects(run_id) == [f"{name}:do" for name in FIVE] for run_id in runs)


def test_an_action_that_interrupts_its_thread_takes_no_other_run_with_it(monkeypatch, caplog):
    first, second, third = (engine.start("five", {}) for _ in range(3))
    real = engine.worker.participants.perform

    def perform(work):
        if (work.context.run_id, work.context.step) == (second, "second"):
            raise KeyboardInterrupt
        return real(work)

    if needs_batches():
        with monkeypatch.context() as patch:
            patch.setattr(engine.worker.participants, "perform", perform)
            Band(first, second, third).batch.carry_on()
        assert f"interrupted in run {second}" in caplog.text
        assert [status(run_id) for run_id in (first, second, third)] == ["completed", "running", "completed"]
        assert engine.state(second)[1].steps["second"].status == "running", "its lease runs out"
    else:
        assert finish(first) == "completed"


@pytest.mark.parametrize("spoils", [False, True])
def test_a_batch_keeps_its_connection_until_its_end_but_not_one_that_an_action_spoilt(monkeypatch, spoils):
    run_id = engine.start("five", {})
    real, kept, looks = engine.worker.participants.perform, [], []

    def close_old():
        looks.append(len(kept))
        close_old_connections()

    def perform(work):
        kept.append(connection.connection)
        outcome = real(work)
        if spoils and work.context.step == "second":
            connection.set_autocommit(False)
        return outcome

    if needs_batches():
        with monkeypatch.context() as patch:
            patch.setattr(engine.worker.participants, "perform", perform)
            patch.setattr("sagaflow.engine.batch.close_old_connections", close_old)
            patch.setattr("sagaflow.engine.batch.KEPT", 60.0)  # on a busy machine, a batch takes long
            Band(run_id).batch.carry_on()
        assert status(run_id) == "completed"
        assert looks == ([0, 2, 5] if spoils else [0, 5]), "at the begin, after the action that spoilt it, at the end"
        assert len({id(each) for each in kept}) == 1 + spoils
    else:
        assert finish(run_id) == "completed"


@pytest.fixture
def stalled(monkeypatch):
    """A batch of five runs whose second run is held up in its first step, until ``gate`` is set."""
    real = engine.worker.participants.perform
    runs = [engine.start("five", {}) for _ in range(5)]

    def perform(work):
        if (work.context.run_id, work.context.step) == (runs[1], "first"):
            begun.set()
            assert gate.wait(60)
        return real(work)

    monkeypatch.setattr(engine.worker.participants, "perform", perform)
    monkeypatch.setattr("sagaflow.engine.batch.SLOW", 0.0)
    begun.clear()
    gate.clear()
    band = Band(*runs)
    yield band, runs
    gate.set()


def test_slow_work_is_left_with_its_thread_and_another_one_takes_over_the_rest(stalled):
    band, runs = stalled
    if not needs_batches():
        gate.set()
        carried_on(*runs)
        assert {status(run_id) for run_id in runs} == {"completed"}
        return

    def take_over():
        until(begun.is_set, "the slow work")
        rest = band.batch.rest()
        assert band.batch.rest() is None, "there is one rest"
        rest.carry_on()
        others = [status(run_id) for run_id in runs if run_id != runs[1]]
        slow = status(runs[1])
        gate.set()
        return others, slow

    answers = at_once(band.batch.carry_on, take_over)
    assert answers == [None, (["completed"] * 4, "running")]
    assert band.alone == [runs[1]]
    assert effects(runs[1]) == ["first:do"]
    assert engine.state(runs[1])[1].steps["first"].status == "done"
    assert finish(runs[1]) == "completed"
    assert all(effects(run_id) == [f"{name}:do" for name in FIVE] for run_id in runs)
    assert group_commit._group._deciding == 0


def test_the_rest_is_left_alone_while_the_work_under_way_is_not_slow(monkeypatch):
    monkeypatch.setattr("sagaflow.engine.batch.SLOW", 60.0)
    band = Band(engine.start("five", {}))
    found = []
    real = engine.worker.participants.perform
    monkeypatch.setattr(
        engine.worker.participants, "perform", lambda work: found.append(band.batch.rest()) or real(work)
    )
    if needs_batches():
        band.batch.carry_on()
        assert found == [None] * 5
        monkeypatch.setattr("sagaflow.engine.batch.SLOW", 0.0)
        assert band.batch.rest() is None, "nothing is under way"


@pytest.mark.parametrize("seed", range(4))
def test_two_batches_and_workers_at_the_same_runs_give_each_effect_once(seed):
    chance = random.Random(seed)
    runs = [
        engine.start(chance.choice(["five", "danced", "fork"]), {"plan": chance.choice(PLANS[:2])}) for _ in range(8)
    ]

    def batch():
        Band(*chance.sample(runs, len(runs))).batch.carry_on()

    def worker():
        for run_id in runs:
            engine.wake(run_id)

    bodies = (batch, batch, worker) if needs_batches() else (worker,)
    assert at_once(*bodies) == [None] * len(bodies)
    for run_id in runs:
        finish(run_id)
        assert set(Counter(effects(run_id)).values()) <= {1}
        assert status(run_id) in ("completed", "rolled_back")


def test_the_pace_of_an_action_follows_what_it_does(monkeypatch):
    monkeypatch.setattr(pace, "QUICK", 0.002)
    monkeypatch.setattr(pace, "_actions", {})
    monkeypatch.setattr(pace, "_services", {})
    clock = [0.0]
    monkeypatch.setattr(pace.time, "monotonic", lambda: clock[0])

    work = SimpleNamespace(action="shop.pay", context=SimpleNamespace(service="shop"))

    def takes(seconds):
        with pace.measured(work):
            clock[0] += seconds
        return pace.is_quick("shop.pay"), pace.serves_quickly("shop")

    assert not pace.is_quick("shop.pay")
    assert takes(0.001) == (True, True)
    assert takes(1.0) == (False, False), "one slow attempt is enough"
    assert [takes(0.001) for _ in range(40)][-1] == (True, True)
    with suppress(ZeroDivisionError), pace.measured(work):
        clock[0] += 1.0
        raise ZeroDivisionError
    assert not pace.is_quick("shop.pay"), "an attempt that fails takes time, too"


@pytest.mark.parametrize("locks_parent", [False, True])
def test_a_run_that_waits_for_a_lock_holds_up_no_other_of_its_batch(monkeypatch, locks_parent):
    monkeypatch.setattr("sagaflow.engine.batch.SLOW", 0.0)
    parent = engine.start("parent", {})
    while not (child := Run.objects.filter(parent__pk=parent).values_list("pk", flat=True).first()):
        engine.wake(parent)
    runs = [str(child), *(engine.start("five", {}) for _ in range(4))]
    slow = runs[0] if locks_parent else runs[1]
    band, locked, waits = Band(*runs), threading.Event(), threading.Event()
    gate.clear()
    real = HeldChange.under_lock

    def under_lock(change):
        if change.run_id == slow:
            waits.set()
        return real(change)

    monkeypatch.setattr(HeldChange, "under_lock", under_lock)

    def lock():
        with store.locked(parent if locks_parent else slow):
            locked.set()
            assert gate.wait(60)

    def carry_on():
        until(locked.is_set, "the lock")
        band.batch.carry_on()

    def take_over():
        others = [run_id for run_id in runs if run_id != slow]
        try:
            until(waits.is_set, "the wait for the lock")
            until(lambda: (rest := band.batch.rest()) and not rest.carry_on(), "the rest of the batch", seconds=20)
            return {status(run_id) for run_id in others}
        finally:
            gate.set()

    if needs_batches():
        assert at_once(lock, carry_on, take_over) == [None, None, {"completed"}]
        assert band.failed == []
        assert slow in band.alone or locks_parent, "its thread goes on with this run alone"
    finish(parent)
    carried_on(*runs)
    assert {status(run_id) for run_id in (parent, *runs)} == {"completed"}
    assert all(effects(run_id) == [f"{name}:do" for name in FIVE] for run_id in runs[1:])


@pytest.mark.parametrize("is_lost", [True, False])
def test_work_that_waited_for_long_begins_with_a_new_lease_or_not_at_all(monkeypatch, is_lost):
    runs = [engine.start("five", {}) for _ in range(3)]
    begun_in, waited = [], [0.0]
    real, monotonic = engine.worker.participants.perform, time.monotonic

    def perform(work):
        begun_in.append((work.context.run_id, work.context.step))
        if len(begun_in) == 1:
            waited[0] = work.lease * 0.6
            if is_lost:
                token = engine.state(runs[1])[1].steps["first"].token
                engine.deliver(runs[1], WorkerDied(step="first", attempt=1, token=token, worker="band"))
        return real(work)

    if needs_batches():
        with monkeypatch.context() as patch:
            patch.setattr(engine.worker.participants, "perform", perform)
            patch.setattr("sagaflow.engine.batch.time", SimpleNamespace(monotonic=lambda: monotonic() + waited[0]))
            band = Band(*runs)
            band.batch.carry_on()
        assert band.failed == []
        assert band.alone == ([runs[1]] if is_lost else [])
        assert ((runs[1], "first") in begun_in) is not is_lost
        assert ("LeaseRenewed" in kinds(runs[1])) is not is_lost
        assert [status(run_id) for run_id in runs] == ["completed", "running" if is_lost else "completed", "completed"]
    carried_on(*runs)
    assert all(effects(run_id) == [f"{name}:do" for name in FIVE] for run_id in runs)
