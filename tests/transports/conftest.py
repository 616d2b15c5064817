"""One contract for every transport: each test that asks for `transport` runs over memory, Redis and RabbitMQ."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Lock

import pytest

from sagaflow.processes import actors
from tests.servers.waiting import until


class Recorder:
    """Replaces the engine: records which worker was asked to look at which run."""

    def __init__(self) -> None:
        self.woken: list[tuple[str, str]] = []
        self.stumbles_at = ""
        self.begun = 0
        """The number of slow runs that were begun."""
        self._slow: tuple[str, ...] = ()
        self._over = Event()
        self._lock = Lock()

    @contextmanager
    def slow(self, *runs: str) -> Iterator[None]:
        """Let these runs last as long as the block."""
        self._slow = runs
        try:
            yield
        finally:
            self._over.set()

    def wake(self, run_id, *, services, worker, go_on, **_):
        if run_id == self.stumbles_at:
            raise RuntimeError("what was that?")
        if run_id in self._slow:
            self.begun += 1
            assert self._over.wait(60)
        with self._lock:
            self.woken.append((run_id, worker))

    def has_seen(self, *hints: tuple[str, str]) -> None:
        """Wait for each (run, worker)."""
        until(lambda: set(hints) <= set(self.woken), f"{hints}, but seen were only {self.woken}")


class Servers:
    """The broker under test, which can lose its messages or be killed."""

    def __init__(self, url, server=None):
        self.url, self.server = url, server


@pytest.fixture(params=["embedded", "redis_server", "rabbitmq"])
def carrier(request) -> Servers:
    if request.param == "embedded":
        return Servers("embedded")
    server = request.getfixturevalue(request.param)
    return Servers(server.url, server)


@pytest.fixture(params=["redis_server", "rabbitmq"])
def remote(request) -> Servers:
    server = request.getfixturevalue(request.param)
    return Servers(server.url, server)


@pytest.fixture
def opened() -> Iterator[Callable[[str], actors.Transport]]:
    """Create transports, and close them after the workers."""
    transports = []

    def make(url: str) -> actors.Transport:
        transports.append(actors.Transport(url))
        return transports[-1]

    yield make
    for transport in transports:
        transport.close()


@pytest.fixture
def recorder(monkeypatch) -> Recorder:
    recorder = Recorder()
    monkeypatch.setattr(actors, "engine", recorder)
    return recorder


@pytest.fixture
def working(opened) -> Iterator[Callable[..., actors.HintWorker]]:
    """Start workers in this process, and end them with the test."""
    workers = []

    def start(transport: actors.Transport, name: str, services: tuple[str, ...] | None) -> actors.HintWorker:
        worker = actors.HintWorker(transport, name=name, services=services, threads=2)
        workers.append(worker)
        worker.start()
        return worker

    yield start
    for worker in workers:
        worker.stop(5)
