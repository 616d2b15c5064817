"""The promises of every transport: a hint reaches a worker of its service, and the worst a broker can do is a delay."""

import time

import pytest
from dramatiq import Message
from pika.exceptions import AMQPError
from redis.exceptions import RedisError

from sagaflow.processes import actors
from sagaflow.processes.actors import ACTOR, MAIN_QUEUE, queue_of
from tests.servers.waiting import until

pytestmark = pytest.mark.servers


def test_a_service_has_a_queue_and_coordination_has_one():
    assert (queue_of("payment"), queue_of("")) == ("sagaflow.payment", MAIN_QUEUE)


def test_a_hint_reaches_a_worker_of_its_service(carrier, recorder, working, opened):
    transport = opened(carrier.url)
    working(transport, "everyone", ("payment", "stock"))
    transport.send("one", "payment")
    transport.send("two", "stock")
    transport.send("three")
    recorder.has_seen(("one", "everyone"), ("two", "everyone"), ("three", "everyone"))


def test_a_worker_of_all_services_consumes_each_that_is_known(carrier, recorder, working, opened, monkeypatch):
    monkeypatch.setattr("sagaflow.processes.actors._known_services", lambda: {"payment", "stock"})
    transport = opened(carrier.url)
    working(transport, "everyone", None)
    transport.send("one", "payment")
    transport.send("two", "stock")
    recorder.has_seen(("one", "everyone"), ("two", "everyone"))


def test_doubled_hints_are_harmless(carrier, recorder, working, opened):
    transport = opened(carrier.url)
    working(transport, "worker", ("payment",))
    for _ in range(20):
        transport.send("one", "payment")
    transport.send("two", "payment")
    recorder.has_seen(("one", "worker"), ("two", "worker"))


def test_a_worker_of_one_service_leaves_the_hints_of_another(remote, recorder, working, opened):
    """In production these are two processes; here two transports, each with a separate broker."""
    sender = opened(remote.url)
    working(opened(remote.url), "till", ("payment",))
    sender.send("one", "stock")
    sender.send("two", "payment")
    recorder.has_seen(("two", "till"))
    assert sender.waiting("stock") == 1
    working(opened(remote.url), "shelf", ("stock",))
    recorder.has_seen(("one", "shelf"))
    assert recorder.woken.count(("one", "till")) == 0


def test_hints_wait_for_a_worker_that_is_away(remote, recorder, working, opened):
    transport = opened(remote.url)
    for number in range(10):
        transport.send(f"run-{number}", "payment")
    assert transport.flush(10)
    assert 1 <= transport.waiting("payment") <= 10, "several hints share a message"
    working(transport, "worker", ("payment",))
    recorder.has_seen(*((f"run-{number}", "worker") for number in range(10)))


def test_a_message_of_an_older_version_is_understood(remote, recorder, working, opened):
    transport, queue = opened(remote.url), queue_of("payment")
    transport.broker.enqueue(Message(queue_name=queue, actor_name=ACTOR, args=("old",), kwargs={}, options={}))
    transport._enqueue(["new", "also"], queue)
    working(transport, "worker", ("payment",))
    recorder.has_seen(("old", "worker"), ("new", "worker"), ("also", "worker"))


def test_an_older_version_finds_the_first_run_where_it_looks(opened, monkeypatch):
    sent = []
    transport = opened("embedded")
    monkeypatch.setattr(transport.broker, "enqueue", sent.append)
    transport._enqueue(["one", "two"], MAIN_QUEUE)
    [message] = sent
    assert (message.args, message.kwargs, message.options["also"]) == (("one",), {}, ["two"])


def test_a_run_that_takes_long_holds_one_thread_and_another_takes_the_rest(carrier, recorder, working, opened):
    transport = opened(carrier.url)
    with recorder.slow("slow"):
        working(transport, "worker", ("payment",))
        transport._enqueue(["slow", *(f"run-{number}" for number in range(7))], queue_of("payment"))
        transport._enqueue(["last"], queue_of("payment"))
        recorder.has_seen(*((f"run-{number}", "worker") for number in range(7)), ("last", "worker"))
        assert recorder.begun == 1


def test_what_no_thread_of_a_process_takes_is_sent_again(remote, recorder, working, opened, monkeypatch):
    monkeypatch.setattr(actors, "PATIENCE", 0.05)
    busy, free = opened(remote.url), opened(remote.url)
    with recorder.slow("one", "two"):
        working(busy, "busy", ("payment",))
        busy._enqueue(["one", "two", "three", "four"], queue_of("payment"))
        until(lambda: recorder.begun == 2, "both threads to be busy")
        working(free, "free", ("payment",))
        recorder.has_seen(("three", "free"), ("four", "free"))


def test_an_engine_that_fails_does_not_stop_the_worker(carrier, recorder, working, opened, caplog):
    recorder.stumbles_at = "bad"
    transport = opened(carrier.url)
    working(transport, "worker", ("payment",))
    transport.send("bad", "payment")
    transport.send("good", "payment")
    recorder.has_seen(("good", "worker"))
    until(lambda: "Run bad could not continue." in caplog.text, "the log to name the run that failed")


def test_a_flushed_broker_carries_the_next_hint(remote, recorder, working, opened):
    transport = opened(remote.url)
    transport.send("lost", "payment")
    assert transport.flush(10)
    remote.server.flush()
    working(transport, "worker", ("payment",))
    transport.send("found", "payment")
    recorder.has_seen(("found", "worker"))
    assert ("lost", "worker") not in recorder.woken


@pytest.mark.faults
def test_sending_to_a_broker_that_is_down_neither_raises_nor_waits(remote, opened):
    transport = opened(remote.url)
    remote.server.kill()
    try:
        began = time.monotonic()
        for number in range(100):
            transport.send(f"run-{number}", "payment")
        assert time.monotonic() - began < 5
        assert transport.flush(10)
    finally:
        remote.server.start()


@pytest.mark.faults
def test_the_length_of_a_queue_is_known_again_after_a_restart(remote, opened):
    transport = opened(remote.url)
    assert transport.waiting("payment") == 0
    remote.server.kill()
    for _ in range(3):
        with pytest.raises((ConnectionError, AMQPError, RedisError)):
            transport.waiting("payment")
    remote.server.start()
    assert transport.waiting("payment") == 0


@pytest.mark.faults
def test_a_worker_finds_a_broker_again_that_was_restarted(remote, recorder, working, opened):
    transport, sender = opened(remote.url), opened(remote.url)
    working(transport, "worker", ("payment",))
    sender.send("before", "payment")
    recorder.has_seen(("before", "worker"))
    remote.server.restart()
    deadline = time.monotonic() + 30
    while ("after", "worker") not in recorder.woken and time.monotonic() < deadline:
        sender.send("after", "payment")
        sender.flush(1)
    recorder.has_seen(("after", "worker"))


def test_in_memory_a_hint_without_a_worker_leaves_nothing_behind(opened):
    transport = opened("embedded")
    for number in range(1000):
        transport.send(f"run-{number}", "payment")
    assert transport.waiting("payment") == 0


def test_in_memory_a_hint_reaches_a_worker_without_the_wait_of_a_poll(recorder, working, opened):
    transport = opened("embedded")
    working(transport, "worker", ("payment",))
    waited = []
    for number in range(50):
        began = time.monotonic()
        transport.send(f"run-{number}", "payment")
        recorder.has_seen((f"run-{number}", "worker"))
        waited.append(time.monotonic() - began)
    assert sorted(waited)[25] < 0.25, "a worker that polls once a second needs half a second"
