"""Sockets over the site's own ASGI application, and an engine that works in threads, as it does next to a server."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest
from asgiref.sync import sync_to_async
from channels.layers import channel_layers
from channels.testing import WebsocketCommunicator
from django.db import connections

from designer.live import hub, publisher
from sagaflow import engine, registry
from sagaflow.registry import Action
from tests.live.sagas import ACTIONS, LETTER
from tests.people import person  # noqa: F401 - a fixture

ORIGIN = "http://localhost"


class Socket:
    """One open socket, and the state of a page that reads from it."""

    def __init__(self, communicator):
        self.communicator = communicator
        self.seq, self.paint, self.steps, self.status = 0, {}, {}, ""

    async def frame(self, *kinds):
        """The next frame of one of these kinds; every frame before it is applied too."""
        while True:
            found = json.loads(await self.communicator.receive_from(5))
            self.apply(found)
            if not kinds or found["type"] in kinds:
                return found

    def apply(self, frame):
        """Apply a frame as the page does (state.js)."""
        if frame["type"] not in ("snapshot", "delta"):
            return
        assert frame.get("after", 0) <= self.seq, "a gap"
        self.seq = frame["seq"]
        self.paint |= frame["paint"]
        self.steps |= frame["steps"]
        self.status = frame["status"]

    async def until(self, done):
        async with asyncio.timeout(60):
            while not done(self):
                await self.frame()

    async def say(self, **frame):
        await self.communicator.send_to(json.dumps(frame))

    async def closed(self):
        """The code and the reason of the close; frames before it are ignored."""
        while True:
            event = await self.communicator.receive_output(60)
            if event["type"] == "websocket.close":
                return event["code"], event.get("reason", "")


async def in_thread(function, *args, **kwargs):
    """Do database work from an async test, on a connection that is closed afterwards."""

    def call():
        try:
            return function(*args, **kwargs)
        finally:
            connections.close_all()

    return await asyncio.to_thread(call)


def finish(run_id):
    while engine.wake(run_id):
        pass
    return run_id


def start(ends="ok"):
    return engine.start("live_letter", {"ends": ends, "secret": "input-canary"})


@pytest.fixture(autouse=True)
def _known(monkeypatch, transactional_db):
    monkeypatch.setattr(registry, "_actions", {})
    monkeypatch.setattr(registry, "_sagas", {})
    registry.register(LETTER)
    for name, function in ACTIONS.items():
        registry.add(Action(name=f"live_{name}", does=function))
    channel_layers.backends.clear()


@pytest.fixture
def quick(monkeypatch):
    """Ten beats a second."""
    monkeypatch.setattr(hub.Hub, "interval", 0.1)


@pytest.fixture
def deaf(monkeypatch):
    """Drop all hints."""
    monkeypatch.setattr(publisher.Publisher, "run_changed", lambda self, **_: None)
    monkeypatch.setattr(hub.Hub, "spread", lambda self, runs: None)


@pytest.fixture
def viewer(person):  # noqa: F811 - a fixture
    return person("view_run")


@asynccontextmanager
async def opened(path, client=None, origin=ORIGIN):
    from config.asgi import application

    headers = [(b"host", b"localhost")]
    if origin is not None:
        headers.append((b"origin", origin.encode()))
    if client is not None:
        cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
        headers.append((b"cookie", cookies.encode()))
    communicator = WebsocketCommunicator(application, path, headers)
    accepted, _ = await communicator.connect(5)
    socket = Socket(communicator)
    socket.accepted = accepted
    try:
        yield socket
    finally:
        await communicator.disconnect()
        await sync_to_async(
            connections.close_all
        )()  # Channels looked up the session there, and does not close the connection in tests
