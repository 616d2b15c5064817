"""Changes that share a statement are written as if each were alone: all the right ones, each with its own answer.

SQLite has no such statement, so that there the same changes are written one after the other.
"""

import random
import threading
from collections import Counter
from functools import partial

import pytest
from django.db import DatabaseError, connection, transaction

from sagaflow import engine, registry, store, subscribe
from sagaflow.core.run.skills import ALL
from sagaflow.engine.worker import Shift
from sagaflow.models import JournalEntry, OutboxMessage, RollbackRecord, Run
from sagaflow.store.runs import group_commit, writing
from sagaflow.store.runs.writing_together import write_together
from tests.engine.conftest import BOTH, at_once, counting_commits, finish
from tests.servers.waiting import until

pytestmark = pytest.mark.django_db(databases=BOTH, transaction=True)

TABLES = (Run, JournalEntry, OutboxMessage, RollbackRecord)
SHARES = {"postgresql": True, "sqlite": False}
PLANS = (
    {},
    {"third:do": ["business"]},
    {"second:do": ["technical"]},
    {"first:do": ["technical", "technical", "technical"]},
)
"""Plans of all fates, so that some changes have outcomes, retries and rollback records."""


class Stopped(Exception):
    """A worker decided, and its decision is not saved yet."""


def decided(monkeypatch, chance, saga=""):
    """The change that a worker would save next in a run that it carried on for a while."""
    saga = saga or chance.choice(["five", "danced", "danced", "fork", "letter"])
    run = engine.start(saga, {"plan": chance.choice(PLANS)})
    shift, left, caught = Shift(run, ALL, f"worker {run[:4]}", lambda: True), chance.randrange(9), []
    real = store.save_held

    def save_held(held):
        if len(caught) < left:
            caught.append(held)
            return real(held)
        with monkeypatch.context() as inner:
            inner.setattr(writing, "write", caught.append)
            real(held)
        raise Stopped

    with monkeypatch.context() as patch:
        patch.setattr(store, "save_held", save_held)
        try:
            work = shift.claim()
            while work is not None:
                work = shift.carry_out(work)
        except Stopped:
            return caught[-1]._replace(estimated=False)  # an estimate may be too old here on a busy machine
    return decided(monkeypatch, chance, saga)


def overtake(change):
    engine.publish("Unheard", change.run_id, {})


def poisoned(change):
    """The same change with an entry that the database refuses."""
    entry = list(change.journal[-1])
    entry[writing.ENTRY.index("kind")] = None
    return change._replace(journal=[*change.journal[:-1], tuple(entry)])


def alone(change):
    with transaction.atomic():
        return writing.write(change)


def all_in_one(changes):
    return write_together(changes) if SHARES[connection.vendor] else [alone(change) for change in changes]


def rows(changes):
    """Every row of these runs, without the numbers that the database gives, in the order of these numbers."""
    ids, numbered = {change.run_id for change in changes}, {"id", "_state"}
    return {
        (table.__name__, run): [
            {name: value for name, value in vars(row).items() if name not in numbered or table is Run}
            | {"_state": None}
            for row in table.objects.filter(**{"pk" if table is Run else "run_id": run}).order_by("pk")
        ]
        for table in TABLES
        for run in ids
    }


def tried(write, changes):
    """The answers of ``write`` and the rows after it, which is then undone."""
    with transaction.atomic():
        answers = write(changes)
        found = rows(changes)
        transaction.set_rollback(True)
    return [None if answer is None else sorted(answer) for answer in answers], found


@pytest.fixture
def heard(monkeypatch):
    """Subscribers in another app for some events of the sagas."""
    monkeypatch.setattr(registry, "_actions", dict(registry._actions))
    monkeypatch.setattr(registry, "_subscribers", {})
    for name, saga, events in (
        ("letters.write", "danced", ("FirstCompleted", "SecondCompleted", "SagaRolledBack")),
        ("letters.count", "danced", ("FirstCompleted",)),
        ("books.note", "five", ("SagaCompleted", "SagaRolledBack", "SagaStarted")),
    ):
        subscribe(*events, saga=saga, name=name, team="marketing")(lambda _: None)
    store.declare(registry.subscribers())


@pytest.mark.parametrize("seed", range(12))
def test_together_the_same_rows_are_written_as_one_by_one(seed, monkeypatch, heard):
    chance = random.Random(seed)
    changes = [decided(monkeypatch, chance) for _ in range(8)]
    for change in chance.sample(changes, 2):
        overtake(change)
    late = chance.randrange(len(changes))
    changes[late] = changes[late]._replace(estimated=True, at=changes[late].at + chance.choice([-3600, 3600]))
    answers, found = tried(all_in_one, changes)
    assert (answers, found) == tried(lambda each: [alone(change) for change in each], changes)
    assert 2 <= answers.count(None) <= 3
    assert answers[late] is None


def test_the_changes_under_test_have_listeners_and_rollback_records(monkeypatch, heard):
    changes = [decided(monkeypatch, random.Random(seed)) for seed in range(60)]
    assert any(change.records for change in changes)
    assert any(change.outbox for change in changes)
    assert any(tried(all_in_one, changes)[0])


@pytest.fixture
def crowd(monkeypatch):
    """Returns a function: the answers and errors of threads that each write a change, all while another is written."""
    group = group_commit.Group()
    monkeypatch.setattr(group_commit, "PATIENCE", 60.0)
    real = writing.write

    def answers(changes, first):
        if not SHARES[connection.vendor]:
            return [answer(change) for change in changes]

        def held_up(change):
            if change is first:
                until(lambda: len(group._waiting) == len(changes), "all changes to wait")
            return real(change)

        def follow(change):
            until(lambda: group._under_way, "the first change to be under way")
            return group.write(change)

        monkeypatch.setattr(writing, "write", held_up)
        own, *others = at_once(lambda: group.write(first), *[partial(follow, change) for change in changes])
        assert own == [], "the first change was written"
        return others

    def answer(change):
        try:
            return alone(change)
        except DatabaseError as error:
            return error

    return answers


@pytest.mark.parametrize("seed", range(6))
def test_each_thread_gets_its_own_answer_and_only_the_guilty_one_an_error(seed, monkeypatch, heard, crowd):
    chance = random.Random(seed)
    changes = [decided(monkeypatch, chance) for _ in range(8)]
    first = decided(monkeypatch, chance, "five")
    overtaken, guilty = chance.sample(range(8), 2)
    overtake(changes[overtaken])
    if seed % 2:
        changes[guilty] = poisoned(changes[guilty])
    expected, found = tried(
        lambda each: [None if n == guilty and seed % 2 else alone(change) for n, change in enumerate(each)], changes
    )
    answers = crowd(changes, first)
    assert isinstance(answers[guilty], DatabaseError) is bool(seed % 2)
    assert [sorted(each) if isinstance(each, list) else None for each in answers] == expected
    assert rows(changes) == found
    assert answers[overtaken] is None


def test_eight_threads_share_two_commits(monkeypatch, crowd):
    changes = [decided(monkeypatch, random.Random(1), "five") for _ in range(8)]
    statements = []
    real = write_together
    monkeypatch.setattr(group_commit, "write_together", lambda each: statements.append(len(each)) or real(each))
    assert crowd(changes[1:], changes[0]) == [[]] * 7
    assert statements == ([7] if SHARES[connection.vendor] else [])


def test_one_run_alone_costs_what_it_cost(monkeypatch):
    monkeypatch.setattr(group_commit, "write_together", None)
    run = engine.start("five", {})
    with counting_commits() as commits:
        finish(run)
    assert len([each for each in commits if "sagaflow_barrier" not in each]) >= 6


def test_two_changes_of_one_run_never_share_a_statement(monkeypatch, crowd):
    first, change, other = (decided(monkeypatch, random.Random(seed), "five") for seed in (1, 2, 3))
    answers = crowd([change, change, other], first)
    assert Counter(map(repr, answers)) == Counter(["[]", "[]", "None"])
    assert engine.verify(change.run_id) == []


def test_a_run_that_another_transaction_has_locked_keeps_the_others_not_waiting(monkeypatch):
    if not SHARES[connection.vendor]:
        return  # SQLite locks no rows
    locked, free = (decided(monkeypatch, random.Random(seed), "five") for seed in (1, 2))

    def write():
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '5s'")  # a wait for the lock becomes an error
        return write_together([locked, free])

    with store.locked(locked.run_id):
        [answers] = at_once(write)
    assert answers == [None, []]


def test_a_statement_that_takes_long_keeps_no_change_waiting(monkeypatch):
    if not SHARES[connection.vendor]:
        return  # SQLite writes one change at a time
    locked, free = (decided(monkeypatch, random.Random(seed), "five") for seed in (1, 2))
    group, written = group_commit.Group(), threading.Event()

    def beside():
        until(lambda: group._under_way, "the first statement to be under way")
        answer = group.write(free)
        written.set()
        return answer

    def hold():
        with store.locked(locked.run_id):
            holds.set()
            assert written.wait(30), "a change waited for the lock of another run"

    holds = threading.Event()
    _, waited, answer = at_once(hold, lambda: holds.wait() and group.write(locked), beside)
    assert (waited, answer) == ([], [])


def test_a_leader_that_is_stopped_leaves_nobody_waiting(monkeypatch):
    group = group_commit.Group()
    monkeypatch.setattr(group_commit, "PATIENCE", 60.0)

    def write(change):
        if change.run_id == "first":
            until(lambda: len(group._waiting) == 3, "the others to wait")
        return [change.run_id]

    def stopped(_):
        raise SystemExit

    def wait(name):
        until(lambda: group._under_way, "a leader")
        try:
            return group.write(change._replace(run_id=name))
        except SystemExit:
            return "stopped"

    change = decided(monkeypatch, random.Random(1), "five")
    monkeypatch.setattr(writing, "write", write)
    monkeypatch.setattr(group_commit, "write_together", stopped)
    first, *others = at_once(
        lambda: group.write(change._replace(run_id="first")), *[lambda name=name: wait(name) for name in "abc"]
    )
    assert first == ["first"]
    assert len([each for each in others if each == "stopped"]) == 1
    assert (group._waiting, group._under_way) == ({}, 0)


def test_a_change_inside_a_transaction_of_a_caller_is_not_shared(monkeypatch):
    monkeypatch.setattr(group_commit, "write", None)
    with transaction.atomic():
        run = engine.start("five", {})
        engine.wake(run)
    assert engine.verify(run) == []


@pytest.mark.parametrize("round_", range(3))
def test_a_crowd_of_workers_leaves_whole_histories(round_):
    sagas = ["five", "danced", "fork", "mixed"] * 4
    runs = [engine.start(name, {"plan": PLANS[(n + round_) % 3]}) for n, name in enumerate(sagas)]
    turns = [random.Random(n).sample(runs, len(runs)) for n in range(6)]
    at_once(
        *[lambda turn=turn, n=n: [engine.wake(run, worker=f"w{n}") for run in turn] for n, turn in enumerate(turns)]
    )
    for run in runs:
        assert finish(run) in ("completed", "rolled_back")
        assert engine.verify(run) == []
