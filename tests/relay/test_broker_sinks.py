"""Published events over NATS and RabbitMQ: what was sent is stored, and a connection that is lost is made again."""

import json

import pytest

from sagaflow.sinks import NatsSubject, NotDelivered, RabbitmqExchange
from sagaflow.source_settings import Source
from sagaflow.transport import streams
from tests.relay.test_sinks import EVENT
from tests.servers.ports import free_port
from tests.servers.waiting import until

OTHER = EVENT | {"id": "0b1f:13", "type": "Payment..Refunded"}


class OverNats:
    def __init__(self, server):
        self.server = server
        server.create("SAGAFLOW", "sagaflow.>")
        self.sink = NatsSubject(server.url)

    @property
    def source(self):
        return Source(name="shop", url=self.server.url, topic="sagaflow.order.>")


class OverRabbitmq:
    def __init__(self, server):
        self.server = server
        self.sink = RabbitmqExchange(server.url.replace("guest:guest@", ""))

    @property
    def source(self):
        return Source(name="shop", url=self.sink.url, exchange="sagaflow", topic="order.#")


BROKERS = {"nats_server": OverNats, "rabbitmq": OverRabbitmq}


@pytest.fixture(params=BROKERS)
def broker(request):
    """A broker with a listener that came first: an exchange keeps nothing for queues that do not exist yet."""
    found = BROKERS[request.param](request.getfixturevalue(request.param))
    streams.opened(found.source, "", "first").close()
    yield found
    found.sink.close()


def heard(broker, count):
    """The events that a listener hears, in their order."""
    stream, found = streams.opened(broker.source, "", "reader"), []
    until(lambda: found.extend(stream.receive(0.2)) or len(found) >= count, f"{count} events")
    for message in found:
        stream.done(message)
    stream.close()
    assert {message.headers["content-type"] for message in found} == {"application/cloudevents+json"}
    return [json.loads(message.body) for message in found]


@pytest.mark.servers
def test_an_event_that_was_sent_is_heard_as_it_was(broker):
    broker.sink(EVENT)
    broker.sink(OTHER)
    assert heard(broker, 2) == [EVENT, OTHER]


@pytest.mark.servers
def test_a_broker_that_is_away_refuses_and_gets_the_event_when_it_is_back(broker):
    broker.sink(EVENT)
    broker.server.kill()
    with pytest.raises(NotDelivered, match="0b1f:13"):
        broker.sink(OTHER)
    broker.server.start()
    broker.sink(OTHER)
    assert heard(broker, 2) == [EVENT, OTHER]


@pytest.mark.servers
def test_a_connection_that_was_lost_while_nothing_was_sent_costs_no_event(broker):
    broker.sink(EVENT)
    broker.server.kill()
    broker.server.start()
    broker.sink(OTHER)
    assert heard(broker, 2) == [EVENT, OTHER]


@pytest.mark.servers
def test_a_repetition_is_dropped_by_nats(nats_server):
    broker = OverNats(nats_server)
    broker.sink(EVENT)
    broker.sink(EVENT)
    broker.sink.close()
    assert nats_server.unfinished("SAGAFLOW", "nobody") == 1


@pytest.mark.servers
def test_a_subject_that_no_stream_stores_is_named(nats_server):
    with pytest.raises(NotDelivered, match=r"no stream that stores the subject 'other.order.PaymentTaken'"):
        NatsSubject(nats_server.url, subject="other.{saga}.{event}")(EVENT)


@pytest.mark.quick
@pytest.mark.parametrize("sink", [NatsSubject, RabbitmqExchange])
def test_no_message_has_the_password(sink):
    scheme = "nats" if sink is NatsSubject else "amqp"
    made = sink(f"{scheme}://127.0.0.1:{free_port()}", user="sagaflow", password="hush-hush")
    with pytest.raises(NotDelivered) as refused:
        made(EVENT)
    assert "hush" not in f"{refused.value}{made!r}"
    with pytest.raises(ValueError, match="password as arguments"):
        sink(f"{scheme}://sagaflow:hush-hush@broker.example")
    with pytest.raises(ValueError, match=f"begins with {scheme}://"):
        sink("https://broker.example")
