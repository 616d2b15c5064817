"""The embedded broker keeps no more than it must."""

import pytest
from dramatiq import Message

from sagaflow.transport.brokers import build
from tests.servers.waiting import until

pytestmark = pytest.mark.quick


def hint(run_id, queue="sagaflow"):
    return Message(queue_name=queue, actor_name="sagaflow_wake", args=(run_id,), kwargs={}, options={})


@pytest.fixture
def broker():
    broker = build("embedded", [])
    broker.declare_queue("sagaflow")
    return broker


def test_a_hint_that_waits_is_not_put_in_twice(broker):
    for _ in range(100):
        broker.enqueue(hint("one"))
        broker.enqueue(hint("two"))
    assert broker.waiting("sagaflow") == 2


def test_a_hint_for_a_queue_that_nobody_consumes_is_dropped(broker):
    broker.enqueue(hint("one", "sagaflow.payment"))
    assert broker.waiting("sagaflow.payment") == 0


def test_a_consumer_takes_hints_in_order_and_no_more_than_it_may(broker):
    for run_id in ("one", "two", "three"):
        broker.enqueue(hint(run_id))
    consumer = broker.consume("sagaflow", prefetch=2, timeout=1)
    first, second = next(consumer), next(consumer)
    assert (first.args, second.args) == (("one",), ("two",))
    assert next(consumer) is None
    consumer.ack(first)
    third = next(consumer)
    assert third.args == ("three",)


def test_a_hint_that_was_taken_can_be_sent_again(broker):
    broker.enqueue(hint("one"))
    consumer = broker.consume("sagaflow", prefetch=2, timeout=1)
    next(consumer)
    broker.enqueue(hint("one"))
    assert next(consumer).args == ("one",)


def test_a_failed_message_leaves_nothing_behind(broker):
    broker.enqueue(hint("one"))
    consumer = broker.consume("sagaflow", prefetch=1, timeout=1)
    consumer.nack(next(consumer))
    assert broker.waiting("sagaflow") == 0
    broker.enqueue(hint("two"))
    assert until(lambda: next(consumer), "the next hint").args == ("two",)


def test_hints_are_not_delayed(broker):
    with pytest.raises(ValueError, match="database"):
        broker.enqueue(hint("one"), delay=1000)


def test_a_flushed_queue_is_empty(broker):
    broker.enqueue(hint("one"))
    broker.flush_all()
    assert broker.waiting("sagaflow") == 0
