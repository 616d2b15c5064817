"""One contract for every broker: each test that asks for `broker` runs over NATS, RabbitMQ and Redis."""

import json
from collections.abc import Iterator

import pika
import pytest
import redis

from sagaflow.source_settings import Source
from sagaflow.transport import streams

PATIENCE = 5.0


class OverNats:
    """The topic is a subject of a stream."""

    quick_redelivery = False

    def __init__(self, server):
        self.server = server
        server.create("SHOP", "shop.>")

    def settings(self, **options):
        return {"url": self.server.url, "topic": "shop.events", **options}

    def publish(self, *bodies, headers=None):
        for body in bodies:
            self.server.publish("shop.events", body, {f"ce-{name}": value for name, value in (headers or {}).items()})

    def owed(self):
        return self.server.unfinished("SHOP", "sagaflow_shop")

    def redeliver_soon(self, monkeypatch):
        monkeypatch.setattr("sagaflow.transport.streams.nats.REDELIVERY", 0.5)


class OverRabbitmq:
    """The topic is a routing key of an exchange; the queue of the group exists as soon as a listener came."""

    def __init__(self, server):
        self.server = server
        with self._channel() as channel:
            channel.queue_delete("sagaflow.shop")

    def settings(self, **options):
        return {"url": self.server.url.replace("guest:guest@", ""), "exchange": "shop", "topic": "shop.#", **options}

    def publish(self, *bodies, headers=None):
        with self._channel() as channel:
            channel.exchange_declare("shop", "topic", durable=True)
            channel.queue_declare("sagaflow.shop", durable=True)
            channel.queue_bind("sagaflow.shop", "shop", "shop.#")
            channel.confirm_delivery()
            kept = {f"cloudEvents:{name}": value for name, value in (headers or {}).items()}
            for body in bodies:
                properties = pika.BasicProperties(headers=kept, delivery_mode=2)
                channel.basic_publish("shop", "shop.events", _encoded(body), properties)

    def owed(self):
        """Close every other connection first: the server counts only what no consumer holds."""
        with self._channel() as channel:
            return channel.queue_declare("sagaflow.shop", passive=True).method.message_count

    def redeliver_soon(self, monkeypatch):
        """The server sees at once that a consumer is gone."""

    def _channel(self):
        return Closing(pika.BlockingConnection(pika.URLParameters(self.server.url)))


class Closing:
    """A channel whose connection is closed after the block."""

    def __init__(self, connection):
        self._connection = connection

    def __enter__(self):
        return self._connection.channel()

    def __exit__(self, *_):
        self._connection.close()


class OverRedis:
    """The topic is the key of a stream."""

    def __init__(self, server):
        self.server = server

    def settings(self, **options):
        return {"url": self.server.url, "topic": "shop", **options}

    def publish(self, *bodies, headers=None):
        field = "data" if headers else "event"
        kept = {f"ce_{name}": value for name, value in (headers or {}).items()}
        with redis.Redis.from_url(self.server.url) as client:
            for body in bodies:
                client.xadd("shop", {**kept, field: _encoded(body)})

    def owed(self):
        with redis.Redis.from_url(self.server.url) as client:
            [group] = client.xinfo_groups("shop")
            return group["pending"] + (group["lag"] or 0)

    def redeliver_soon(self, monkeypatch):
        monkeypatch.setattr("sagaflow.transport.streams.redis.REDELIVERY", 0.5)


BROKERS = {"nats_server": OverNats, "rabbitmq": OverRabbitmq, "redis_server": OverRedis}


def _encoded(body):
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def cloud_event(event="OrderPlaced", number=1, /, **data):
    return {"specversion": "1.0", "type": event, "id": f"{event}-{number}", "source": "/shop", "data": data}


@pytest.fixture(params=BROKERS)
def broker(request):
    return BROKERS[request.param](request.getfixturevalue(request.param))


@pytest.fixture
def source(broker):
    return Source(name="shop", **broker.settings())


@pytest.fixture
def opened(source) -> Iterator:
    """Open streams, and close them after the test."""
    found = []

    def make(name="one"):
        found.append(streams.opened(source, "", name))
        return found[-1]

    yield make
    for stream in found:
        stream.close()
