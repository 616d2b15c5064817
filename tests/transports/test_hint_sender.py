"""The courier never blocks and never raises, whatever the broker does."""

import logging
import threading
import time

import pytest

from sagaflow.transport import hint_sender
from sagaflow.transport.hint_sender import HintSender
from tests.servers.waiting import until

pytestmark = pytest.mark.quick


class Slow:
    """A broker that takes a hint only when the test allows it."""

    def __init__(self):
        self.let = threading.Event()
        self.taken = []

    def __call__(self, run_ids, queue):
        assert self.let.wait(60)
        self.taken += [(run_id, queue) for run_id in run_ids]


def broken(run_ids, queue):
    raise ConnectionError("nobody there")


def rest():
    pass


def test_hints_arrive_in_order():
    taken = []
    post = HintSender(lambda run_ids, queue: taken.extend((run_id, queue) for run_id in run_ids), rest)
    for number in range(100):
        post.post(f"run-{number}", "sagaflow")
    assert post.flush(10)
    assert taken == [(f"run-{number}", "sagaflow") for number in range(100)]


def test_the_first_hint_leaves_alone_and_what_comes_meanwhile_leaves_together():
    begun, let, messages = threading.Event(), threading.Event(), []

    def deliver(run_ids, queue):
        begun.set()
        assert let.wait(60)
        messages.append((queue, run_ids))

    post = HintSender(deliver, rest)
    post.post("first", "a")
    assert begun.wait(10)
    for number in range(20):
        post.post(f"run-{number}", "ab"[number % 2])
    let.set()
    assert post.flush(10)
    assert messages[0] == ("a", ["first"])
    assert [(queue, len(run_ids)) for queue, run_ids in messages[1:]] == [("a", 8), ("b", 8), ("a", 2), ("b", 2)]
    assert {run for _, run_ids in messages for run in run_ids} == {"first", *(f"run-{n}" for n in range(20))}


def test_hints_gather_for_a_moment_after_one_has_left(monkeypatch):
    monkeypatch.setattr(hint_sender, "GATHERING", 0.3)
    messages = []
    post = HintSender(lambda run_ids, _: messages.append(run_ids), rest)
    post.post("first", "sagaflow")
    until(lambda: messages, "the first hint")
    for number in range(3):
        post.post(f"run-{number}", "sagaflow")
    assert post.flush(10)
    assert messages == [["first"], ["run-0", "run-1", "run-2"]]


def test_a_hint_that_is_not_out_yet_is_not_sent_twice():
    slow = Slow()
    post = HintSender(slow, rest)
    for _ in range(50):
        post.post("one", "sagaflow.payment")
        post.post("two", "sagaflow.payment")
    slow.let.set()
    assert post.flush(10)
    assert 2 <= len(slow.taken) <= 3
    assert set(slow.taken) == {("one", "sagaflow.payment"), ("two", "sagaflow.payment")}


def test_posting_does_not_wait_for_a_broker_that_hangs():
    slow = Slow()
    post = HintSender(slow, rest)
    began = time.monotonic()
    for number in range(1000):
        post.post(str(number), "sagaflow")
    assert time.monotonic() - began < 10
    assert not post.flush(0.01)
    slow.let.set()
    assert post.flush(10)


def test_a_broker_that_hangs_does_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr(hint_sender, "MOST_WAITING", 10)
    slow = Slow()
    post = HintSender(slow, rest)
    for number in range(1000):
        post.post(str(number), "sagaflow")
    slow.let.set()
    assert post.flush(10)
    assert len(slow.taken) <= 10 + hint_sender.MOST_TOGETHER


def test_a_broker_that_is_down_is_reported_once_and_then_spared(caplog):
    post = HintSender(broken, rest)
    with caplog.at_level(logging.WARNING, logger="sagaflow.transport.hint_sender"):
        for number in range(100):
            post.post(str(number), "sagaflow")
            assert post.flush(10)
    assert ["nobody there" in message for message in caplog.messages] == [True]


def test_hints_flow_again_when_the_broker_is_back(monkeypatch):
    monkeypatch.setattr(hint_sender, "PAUSE", 0.05)
    taken, faults = [], [ConnectionError("first")]

    def deliver(run_ids, queue):
        if faults:
            raise faults.pop()
        taken.extend(run_ids)

    post = HintSender(deliver, rest)
    post.post("dropped", "sagaflow")
    assert post.flush(10)
    until(lambda: (post.post("sent", "sagaflow"), post.flush(1), taken)[-1], "a hint to pass")
    assert set(taken) == {"sent"}


def test_an_idle_courier_lets_the_broker_rest(monkeypatch):
    monkeypatch.setattr(hint_sender, "IDLE", 0.01)
    rested = threading.Event()
    post = HintSender(lambda *_: None, rested.set)
    post.post("run", "sagaflow")
    assert rested.wait(10)
