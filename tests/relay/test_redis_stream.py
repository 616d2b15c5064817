"""Published events in a Redis stream."""

import json

import pytest
import redis

from sagaflow.sinks import RedisStream
from tests.relay.test_sinks import EVENT

pytestmark = pytest.mark.servers


def test_a_redis_stream_keeps_each_event_as_json(redis_server):
    RedisStream(redis_server.url, key="events")(EVENT)
    with redis.Redis.from_url(redis_server.url, decode_responses=True) as client:
        [(_, fields)] = client.xrange("events")
    assert json.loads(fields["event"]) == EVENT
