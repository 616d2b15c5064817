"""A hint stays with the broker until threads took its runs, and no thread ends before its run."""

import threading
import time

import pytest

from sagaflow.processes.inbox import Inbox
from tests.servers.waiting import until

pytestmark = pytest.mark.quick


class Threads:
    """An inbox whose threads perform runs until the test lets them end."""

    def __init__(self, number):
        self.begun, self.done, self.ended = [], [], []
        self.let = threading.Event()
        self.inbox = Inbox(self.perform, lambda: self.ended.append(1), threads=number)
        self.inbox.start()

    def perform(self, run_id):
        self.begun.append(run_id)
        if run_id == "exit":
            raise SystemExit
        assert self.let.wait(10)
        self.done.append(run_id)

    def close(self):
        self.let.set()
        self.inbox.close()
        self.inbox.join(lambda: 10)


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
