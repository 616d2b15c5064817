"""An idle consumer waits inside Redis: it asks for nothing meanwhile, and has the next hint at once."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from dramatiq import Message

from sagaflow.transport.brokers.redis import RedisHints
from tests.servers.waiting import until

pytestmark = pytest.mark.servers
QUEUE = "waiting"


@pytest.fixture
def broker(redis_server):
    broker = RedisHints(redis_server.url, [])
    broker.declare_queue(QUEUE)
    broker.flush(QUEUE)
    yield broker
    broker.flush(QUEUE)
    broker.close()


def post(broker, *runs):
    for run in runs:
        broker.enqueue(Message(queue_name=QUEUE, actor_name="wake", args=(run,), kwargs={}, options={}))


def idle(broker, *, prefetch=4, timeout=30_000):
    """A consumer that found nothing."""
    consumer = broker.consume(QUEUE, prefetch, timeout)
    assert next(consumer) is None
    return consumer


def blocked(broker):
    return broker.client.info("clients")["blocked_clients"]


def test_an_idle_consumer_asks_for_nothing_while_it_waits(broker):
    consumer = idle(broker, timeout=500)
    asked, began = broker.client.info("stats")["total_commands_processed"], time.monotonic()
    for _ in range(2):
        assert next(consumer) is None
    assert time.monotonic() - began >= 1.0
    assert broker.client.info("stats")["total_commands_processed"] - asked <= 2 * 10


def test_a_waiting_consumer_has_the_next_hint_long_before_its_time_is_over(broker):
    consumer = idle(broker)
    with ThreadPoolExecutor() as pool:
        found = pool.submit(next, consumer)
        until(lambda: blocked(broker) == 1, "the consumer does not wait")
        post(broker, "one")
        assert found.result(timeout=10).args == ("one",)


def test_a_hint_wakes_every_consumer_and_goes_to_one(broker):
    consumers = [idle(broker) for _ in range(3)]
    with ThreadPoolExecutor() as pool:
        found = [pool.submit(next, consumer) for consumer in consumers]
        until(lambda: blocked(broker) == 3, "the consumers do not wait")
        post(broker, "one")
        messages = [each.result(timeout=10) for each in found]
    assert [message.args for message in messages if message] == [("one",)]


def test_waiting_changes_no_order(broker):
    consumer = idle(broker)
    post(broker, "one", "two", "three")
    assert [next(consumer).args[0] for _ in range(3)] == ["one", "two", "three"]


def test_a_consumer_without_room_leaves_a_hint_to_others(broker):
    consumer = idle(broker, prefetch=1)
    post(broker, "one", "two")
    first = next(consumer)
    assert next(consumer) is None
    assert broker.waiting(QUEUE) == 1
    consumer.ack(first)
    assert next(consumer).args == ("two",)
