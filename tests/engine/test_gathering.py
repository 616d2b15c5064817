"""Threads that are about to save share a statement; a leader waits for no other thread, and for none for long."""

import random
import threading
from functools import partial

import pytest

from sagaflow import engine, participants, store
from sagaflow.store.runs import group_commit, writing
from tests.engine.conftest import BOTH, at_once
from tests.engine.test_group_commit import decided
from tests.servers.waiting import until

pytestmark = pytest.mark.django_db(databases=BOTH, transaction=True)


@pytest.fixture
def patient(monkeypatch):
    """A group whose leaders wait for seconds, the sizes of the statements that it would write, and a change."""
    group, sizes, change = group_commit.Group(), [], decided(monkeypatch, random.Random(1), "five")
    monkeypatch.setattr(group_commit, "_group", group)
    monkeypatch.setattr(group_commit, "GATHERING", 10.0)
    monkeypatch.setattr(group_commit, "PATIENCE", 10.0)
    monkeypatch.setattr(group_commit, "write_together", lambda each: sizes.append(len(each)) or [[]] * len(each))
    monkeypatch.setattr(writing, "write", lambda _: sizes.append(1) or [])
    return group, sizes, change


def test_a_leader_waits_for_the_threads_that_are_deciding(patient):
    group, sizes, change = patient

    def save(number):
        with group_commit.deciding():
            everyone.wait(10)
            if number:
                until(lambda: group._under_way, "a leader", seconds=10)
            return group_commit.write(change._replace(run_id=str(number)))

    everyone = threading.Barrier(5)
    assert at_once(*[partial(save, number) for number in range(5)]) == [[]] * 5
    assert sizes == [5]


def test_a_leader_waits_for_no_thread_that_is_acting_or_has_nothing_to_save(patient):
    group, sizes, change = patient
    saved, left = threading.Event(), threading.Event()

    def act():
        with group_commit.deciding(), group_commit.acting():
            everyone.wait(10)
            return saved.wait(10)

    def leave():
        with group_commit.deciding():
            everyone.wait(10)
            until(lambda: group._under_way, "a leader", seconds=10)
        left.set()

    def save():
        with group_commit.deciding():
            everyone.wait(10)
            answer = group_commit.write(change)
        saved.set()
        return answer, left.is_set()

    everyone = threading.Barrier(3)
    assert at_once(act, leave, save)[::2] == [True, ([], True)]
    assert (sizes, group._deciding) == ([1], 0)


def test_a_leader_does_not_wait_long_for_a_thread_that_hangs(monkeypatch, patient):
    group, sizes, change = patient
    monkeypatch.setattr(group_commit, "GATHERING", 0.001)
    with group_commit.deciding(), group_commit.deciding():  # the second one stands for another thread
        assert group_commit.write(change) == []
    assert (sizes, group._deciding) == ([1], 0)


def test_a_worker_counts_as_deciding_but_not_while_it_calls_a_participant(monkeypatch):
    group, seen = group_commit.Group(), []
    perform, held = participants.perform, store.held
    monkeypatch.setattr(group_commit, "_group", group)
    monkeypatch.setattr(participants, "perform", lambda work: seen.append(group._deciding) or perform(work))
    monkeypatch.setattr(store, "held", lambda *given: seen.append(group._deciding) or held(*given))
    engine.wake(engine.start("five", {}))
    assert seen == [1, *[0, 1] * 5]
    assert group._deciding == 0
