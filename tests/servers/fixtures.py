"""The private servers as fixtures: started at first use, alive and without messages at the start of every test.

Locally, a test is skipped with a reason if its server is not installed; in CI it fails. Under pytest-xdist each worker
has its own servers.
"""

import os
from collections.abc import Iterator

import pytest

from tests.servers.binaries import MissingServer
from tests.servers.postgresql import PostgreSQL
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.redis import Redis
from tests.servers.server import Server


def in_ci() -> bool:
    return bool(os.environ.get("CI"))


def started(server: Server) -> Server:
    try:
        return server.start()
    except MissingServer as missing:
        if in_ci():
            pytest.fail(str(missing), pytrace=False)
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def _postgresql() -> Iterator[PostgreSQL]:
    server = PostgreSQL()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def _redis() -> Iterator[Redis]:
    server = Redis()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def _rabbitmq() -> Iterator[RabbitMQ]:
    server = RabbitMQ()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def _nats() -> Iterator[Server]:
    from tests.servers.nats import Nats  # its client library is needed by these tests alone

    server = Nats()
    yield server
    server.stop()


@pytest.fixture
def postgresql(_postgresql: PostgreSQL) -> Server:
    """A running PostgreSQL; create a separate database with `postgresql.create_database(name)`."""
    return started(_postgresql)


@pytest.fixture
def redis_server(_redis: Redis) -> Redis:
    """A running Redis without any key."""
    started(_redis)
    _redis.flush()
    return _redis


@pytest.fixture
def rabbitmq(_rabbitmq: RabbitMQ) -> RabbitMQ:
    """A running RabbitMQ whose queues are empty."""
    started(_rabbitmq)
    _rabbitmq.flush()
    return _rabbitmq


@pytest.fixture
def nats_server(_nats: Server) -> Server:
    """A running NATS without any stream."""
    started(_nats)
    _nats.flush()
    return _nats
