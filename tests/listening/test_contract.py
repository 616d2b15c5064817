"""The contract of every stream of events, whichever broker carries it."""

import json

import pytest

from sagaflow.source_settings import Source
from sagaflow.transport import streams
from sagaflow.transport.streams import BATCH, BrokerFailed
from sagaflow.transport.streams.reading import read
from tests.listening.conftest import PATIENCE, OverNats, cloud_event
from tests.servers.waiting import until

pytestmark = pytest.mark.servers


def received(stream, count):
    """The first messages: they may come in several batches."""
    found = []
    until(lambda: found.extend(stream.receive(0.2)) or len(found) >= count, f"{count} messages")
    return found


def test_messages_come_whole_and_in_their_order(broker, opened):
    broker.publish(*range(5))
    assert [json.loads(message.body) for message in received(opened(), 5)] == [0, 1, 2, 3, 4]


def test_nothing_comes_when_there_is_nothing(broker, opened):
    broker.publish()
    assert opened().receive(0.1) == []


def test_a_listener_that_comes_later_gets_what_was_published_before(broker, opened):
    broker.publish("early")
    first = opened()
    [message] = received(first, 1)
    first.done(message)
    broker.publish("between")
    first.close()
    broker.publish("late")
    assert [json.loads(each.body) for each in received(opened("two"), 2)] == ["between", "late"]


def test_a_message_that_is_done_never_comes_again(broker, opened):
    broker.publish("once")
    stream = opened()
    for message in received(stream, 1):
        stream.done(message)
    stream.close()
    until(lambda: broker.owed() == 0, "the broker to owe nothing")
    assert opened("two").receive(0.3) == []


def test_a_message_that_is_not_done_comes_again_to_another_listener(broker, opened, monkeypatch):
    broker.redeliver_soon(monkeypatch)
    broker.publish("again")
    first = opened()
    received(first, 1)
    first.close()
    [message] = received(opened("two"), 1)
    assert json.loads(message.body) == "again"


def test_a_listener_holds_at_most_one_batch(broker, opened):
    broker.publish(*range(BATCH + 10))
    stream = opened()
    found = received(stream, BATCH)
    assert len(found) == BATCH
    for message in found:
        stream.done(message)
    assert len(received(stream, 10)) == 10


def test_two_listeners_of_a_group_share_the_messages(broker, opened):
    first, second = opened("one"), opened("two")
    broker.publish(*range(20))
    found = []

    def all_came():
        for stream in (first, second):
            for message in stream.receive(0.1):
                stream.done(message)
                found.append(json.loads(message.body))
        return len(found) >= 20

    until(all_came, "20 messages")
    assert sorted(found) == list(range(20))


@pytest.mark.parametrize("binary", [False, True], ids=["structured", "binary"])
def test_a_cloud_event_is_read_in_both_modes(broker, opened, source, binary):
    event = cloud_event(order="o-1")
    if binary:
        data = event.pop("data")
        broker.publish(data, headers=event)
    else:
        broker.publish(event)
    [message] = received(opened(), 1)
    heard = read(message, source, 1000)
    assert (heard.event, heard.payload, heard.event_id) == ("OrderPlaced", {"order": "o-1"}, "/shop OrderPlaced-1")


def test_a_broker_that_is_gone_is_an_error_and_not_an_empty_answer(broker, opened):
    stream = opened()
    broker.server.kill()
    try:
        with pytest.raises(BrokerFailed):
            until(lambda: stream.receive(PATIENCE), "an error")
        with pytest.raises(BrokerFailed):
            opened("two")
    finally:
        broker.server.start()


def test_a_wrong_password_is_an_error_that_does_not_tell_it(broker):
    if isinstance(broker, OverNats):
        return  # a private NATS has no users, and takes every one
    wrong = Source(name="shop", **broker.settings(user="nobody"))
    with pytest.raises(BrokerFailed) as caught:
        streams.opened(wrong, "pa55word", "one")
    assert "pa55word" not in str(caught.value)
