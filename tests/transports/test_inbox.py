"""A hint stays with the broker until threads took its runs, and no thread ends before its run."""

import threading
import time

import pytest

from sagaflow.processes.inbox import Inbox
from tests.servers.waiting import until

pytestmark = pytest.mark.quick


class Batch:
    """Carries on what joins, one run after the other; the run ``slow`` waits, and the rest of its batch can be left."""

    def __init__(self, threads, runs=()):
        self.threads, self.runs, self.is_held_up, self.is_left = threads, [*runs], False, False

    def carry_on(self):
        while not self.is_left and (self.runs or self._join()):
            run_id = self.runs.pop(0)
            self.is_held_up = run_id == "slow"
            self.threads.perform(run_id) if self.is_held_up else self.threads.done.append(run_id)
            self.is_held_up = False
            if run_id == "broken":
                raise RuntimeError("a batch with a fault")

    def _join(self):
        self.runs += self.threads.inbox.join(2)
        return self.runs

    def rest(self):
        if not self.is_held_up or self.is_left:
            return None
        self.is_left = True
        self.threads.left.append([*self.runs])
        return Batch(self.threads, self.runs)


class Threads:
    """An inbox whose threads perform runs until the test lets them end."""

    def __init__(self, number):
        self.begun, self.done, self.ended = [], [], []
        self.let, self.free = threading.Event(), threading.Event()
        self.batches, self.left = [], []
        self.inbox = Inbox(self.perform, self.batch, lambda: self.ended.append(1), threads=number)
        self.inbox.start()

    def batch(self):
        self.batches.append(Batch(self))
        return self.batches[-1]

    def perform(self, run_id):
        self.begun.append(run_id)
        if run_id == "exit":
            raise SystemExit
        assert (self.free if run_id == "busy" else self.let).wait(10)
        self.done.append(run_id)

    def close(self):
        self.let.set()
        self.inbox.close()
        self.inbox.join_threads(lambda: 10)


def test_an_offer_ends_when_threads_have_taken_every_run():
    threads, left = Threads(2), []
    offer = threading.Thread(target=lambda: left.append(threads.inbox.offer(["a", "b", "c"], 10)))
    offer.start()
    until(lambda: len(threads.begun) == 2, "both threads", seconds=10)
    assert (left, sorted(threads.begun)) == ([], ["a", "b"])
    threads.let.set()
    offer.join(10)
    assert left == [[]]
    threads.close()
    assert sorted(threads.done) == ["a", "b", "c"]


def test_several_threads_offer_at_once_and_each_waits_for_its_own_runs_alone():
    threads, left = Threads(1), {}

    def offer(name, patience):
        left[name] = threads.inbox.offer([name, f"{name}-2"], patience)

    threads.inbox.put("first")
    until(lambda: threads.begun == ["first"], "the thread", seconds=10)
    offers = [threading.Thread(target=offer, args=each) for each in (("long", 10), ("short", 0.05))]
    for each in offers:
        each.start()
    offers[1].join(10)
    assert left == {"short": ["short", "short-2"]}
    threads.let.set()
    offers[0].join(10)
    assert left["long"] == []
    threads.close()
    assert sorted(threads.done) == ["first", "long", "long-2"]


def test_one_batch_takes_the_runs_of_several_offers_at_once():
    threads, joined = Threads(1), []
    threads.inbox.put("busy")
    until(lambda: threads.begun == ["busy"], "the thread", seconds=10)
    offers = [
        threading.Thread(target=threads.inbox.offer, args=([name], 10), kwargs={"together": True}) for name in "ab"
    ]
    for each in offers:
        each.start()

    def all_joined():
        joined.extend(threads.inbox.join(5))
        return sorted(joined) == ["a", "b"]

    until(all_joined, "both runs", seconds=10)
    for each in offers:
        each.join(10)
    threads.free.set()
    threads.close()


def test_what_no_thread_takes_in_time_is_returned_in_order_and_never_performed():
    threads = Threads(1)
    assert threads.inbox.offer(["a"], 10) == []
    began = time.monotonic()
    assert threads.inbox.offer(["b", "c", "b"], 0.05) == ["b", "c"]
    assert time.monotonic() - began >= 0.05
    threads.close()
    assert threads.done == ["a"]


def test_an_inbox_that_closes_returns_what_waits_and_lets_each_thread_finish():
    threads, left = Threads(1), []
    offer = threading.Thread(target=lambda: left.append(threads.inbox.offer(["a", "b"], 10)))
    offer.start()
    until(lambda: threads.begun, "the thread", seconds=10)
    threads.inbox.close()
    offer.join(10)
    assert left == [["b"]]
    assert threads.ended == []
    threads.close()
    assert (threads.done, threads.ended) == (["a"], [1])
    assert threads.inbox.offer(["late"], 10) == ["late"]


def test_a_thread_that_is_interrupted_goes_on(caplog):
    threads = Threads(1)
    threads.let.set()
    assert threads.inbox.offer(["exit", "next"], 10) == []
    until(lambda: threads.done == ["next"], "the next run", seconds=10)
    assert "was interrupted in run exit" in caplog.text
    threads.close()


def test_one_thread_carries_on_the_runs_that_are_offered_together_and_those_that_come_meanwhile():
    threads = Threads(3)
    assert threads.inbox.offer(["a", "b", "c"], 10, together=True) == []
    assert threads.inbox.offer(["d"], 10, together=True) == []
    until(lambda: sorted(threads.done) == ["a", "b", "c", "d"], "all four", seconds=10)
    threads.close()
    assert threads.begun == [], "none of them had a thread of its own"
    assert threads.ended == [1, 1, 1]


def test_another_thread_takes_over_what_slow_work_keeps_waiting_and_what_comes_then():
    threads = Threads(2)
    assert threads.inbox.offer(["slow", "a"], 10, together=True) == []
    until(lambda: threads.done == ["a"], "the rest", seconds=10)
    assert threads.left == [["a"]]
    assert threads.inbox.offer(["b", "c"], 10, together=True) == []
    until(lambda: threads.done == ["a", "b", "c"], "what came then", seconds=10)
    threads.close()
    assert threads.done == ["a", "b", "c", "slow"]


def test_a_thread_takes_over_what_slow_work_keeps_waiting_before_it_takes_any_other_run():
    threads = Threads(2)
    threads.inbox.put("busy")
    until(lambda: threads.begun == ["busy"], "a thread without time")
    threads.inbox.offer(["slow", "a"], 10, together=True)
    until(lambda: "slow" in threads.begun, "the slow work")
    threads.inbox.put("b")
    threads.free.set()
    until(lambda: "a" in threads.done, "the rest of the batch", seconds=10)
    threads.close()
    assert threads.left == [["a"]]
    assert sorted(threads.done) == ["a", "b", "busy", "slow"]


def test_a_run_that_leaves_a_batch_gets_a_thread_of_its_own_before_others():
    threads = Threads(2)
    threads.inbox.put("alone")
    until(lambda: threads.begun == ["alone"], "the thread", seconds=10)
    threads.close()
    assert threads.done == ["alone"]


def test_a_batch_that_breaks_stops_neither_its_thread_nor_the_next_batch(caplog):
    threads = Threads(1)
    assert threads.inbox.offer(["broken"], 10, together=True) == []
    assert threads.inbox.offer(["next"], 10, together=True) == []
    until(lambda: threads.done == ["broken", "next"], "the next batch", seconds=10)
    assert "was interrupted in a batch of runs" in caplog.text
    threads.close()


def test_what_no_batch_takes_in_time_is_returned_too():
    threads = Threads(1)
    assert threads.inbox.offer(["slow"], 10, together=True) == []
    until(lambda: threads.begun == ["slow"], "the slow run", seconds=10)
    assert threads.inbox.offer(["a"], 0.05, together=True) == ["a"]
    assert threads.inbox.offer(["b"], 0.05) == ["b"]
    assert threads.inbox.join(5) == []
    threads.close()
    assert threads.inbox.offer(["late"], 10, together=True) == ["late"]
