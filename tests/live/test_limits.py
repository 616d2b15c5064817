"""A client can harm only itself: sockets are limited, and what one does not read is not kept for it."""

import asyncio
from functools import partial
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Group, User

from designer.live import consumers, hub, pacing, reading
from designer.live.consumers import LiveConsumer
from designer.live.protocol import Close
from sagaflow import conf
from sagaflow.models import Scope
from tests.live.conftest import finish, in_thread, opened, start


class Pipe:
    """The protocol and the transport of Daphne for a client that never reads: everything stays."""

    STATE_OPEN = state = 3

    def __init__(self):
        self.transport, self.dataBuffer, self.offset, self._tempDataLen = self, b"", 0, 0
        self.closes, self.aborted = [], False

    def sendCloseFrame(self, code, reasonUtf8, isReply):  # noqa: N802, N803 - the names in autobahn
        self.closes.append((code, reasonUtf8.decode(), isReply))

    def abortConnection(self):  # noqa: N802 - the name in Twisted
        self.aborted = True


async def keep(pipe, message):
    pipe._tempDataLen += len(message["text"])


def sending(pipe, use):
    """Call ``use(send)`` as an application behind the middleware."""

    async def application(scope, receive, send):
        await use(send)

    return pacing.Paced(application)({}, None, partial(keep, pipe))


async def test_send_waits_while_the_server_holds_too_much(monkeypatch):
    pipe = Pipe()
    monkeypatch.setattr(pacing, "PAUSE", 0.001)
    long = {"type": "websocket.send", "text": "x" * (pacing.MOST_UNWRITTEN + 1)}
    waits = asyncio.ensure_future(sending(pipe, lambda send: send(long)))
    done, _ = await asyncio.wait([waits], timeout=0.1)
    assert not done
    pipe.offset = 1
    await waits


async def test_a_close_reaches_daphne_with_its_reason_and_then_the_connection_ends(monkeypatch):
    pipe = Pipe()
    monkeypatch.setattr(pacing, "GRACE", 0.01)
    close = {"type": "websocket.close", "code": 1013, "reason": "too slow"}
    await sending(pipe, lambda send: send(close))
    assert (pipe.closes, pipe.aborted) == ([(1013, "too slow", False)], False)
    pipe._tempDataLen = 1
    await sending(pipe, lambda send: send(close))
    assert pipe.aborted


async def test_a_client_that_does_not_read_is_told_and_dropped(viewer, monkeypatch):
    monkeypatch.setattr(LiveConsumer, "patience", 0.05)
    never = asyncio.Event()
    monkeypatch.setattr(consumers.AsyncWebsocketConsumer, "send", lambda *_: never.wait())
    run_id = await in_thread(start)
    async with opened(f"/ws/runs/{run_id}/", viewer) as socket:
        code, reason = await socket.closed()
    assert (code, "slowly" in reason) == (Close.TRY_LATER, True)


async def test_the_heartbeat_of_others_does_not_wait_for_a_slow_one(viewer, quick, monkeypatch):
    run_id = await in_thread(start)
    send = consumers.AsyncWebsocketConsumer.send
    never, slow = asyncio.Event(), []

    async def sometimes(self, text):
        await (never.wait() if self in slow else send(self, text))

    monkeypatch.setattr(consumers.AsyncWebsocketConsumer, "send", sometimes)
    async with opened(f"/ws/runs/{run_id}/", viewer) as stuck, opened("/ws/runs/", viewer) as healthy:
        await stuck.frame("snapshot")
        slow.extend(socket for socket in hub.current().sockets if socket.run_id == run_id)
        for _ in range(5):
            await healthy.frame("beat")
        assert len(slow) == 1


@pytest.mark.parametrize(
    ("limit", "code"), [("SOCKETS_PER_USER", Close.TOO_MANY_SOCKETS), ("SOCKETS", Close.TRY_LATER)]
)
async def test_the_sockets_of_one_user_and_of_all_are_limited(viewer, settings, limit, code):
    settings.SAGAFLOW = {**settings.SAGAFLOW, limit: 2}
    async with opened("/ws/runs/", viewer) as one, opened("/ws/runs/", viewer) as two:
        await one.frame("board")
        await two.frame("board")
        async with opened("/ws/runs/", viewer) as three:
            found, reason = await three.closed()
    assert (found, "too many" in reason or "more than" in reason) == (code, True)
    async with opened("/ws/runs/", viewer) as again:
        await again.frame("board")


async def test_no_frame_with_data_leaves_after_access_was_taken_away(viewer, monkeypatch):
    monkeypatch.setattr(hub.Hub, "trust", 0.0)
    run_id = await in_thread(start)
    async with opened(f"/ws/runs/{run_id}/", viewer) as socket:
        await socket.frame("snapshot")
        await in_thread(withdraw)
        await in_thread(finish, run_id)
        event = await socket.communicator.receive_output(60)
    assert (event["type"], event["code"]) == ("websocket.close", Close.FORBIDDEN)


def withdraw():
    User.objects.get(username="vera").user_permissions.clear()


def narrow(saga):
    group = Group.objects.create(name="some")
    User.objects.get(username="vera").groups.add(group)
    Scope.objects.create(group=group, saga=saga)


async def test_a_run_out_of_scope_that_changes_sends_no_frame(viewer, person):
    boss = await in_thread(partial(person, "view_run", name="boss"))
    await in_thread(narrow, "another")
    async with opened("/ws/runs/", viewer) as scoped, opened("/ws/runs/", boss) as all_of_it:
        for socket in (scoped, all_of_it):
            await socket.frame("board")
        await in_thread(finish, await in_thread(start))
        while not (await all_of_it.frame("board"))["runs"]:
            pass
        assert await scoped.communicator.receive_nothing(0.5)


def test_what_a_page_does_not_take_is_merged():
    board = consumers.BoardConsumer()
    board.open, board.offered, board.wanted, board.more = True, None, None, False
    board.shown, board.hub, board.work = frozenset(), SimpleNamespace(most=3), lambda: None
    for number in range(1000):
        board.offer(None, reading.Lines("x" * 1000, {str(number): 1}))
    assert (board.offered, board.wanted, board.more) == (None, frozenset(), True)


def test_the_limits_are_settings():
    found = conf.Settings()
    assert (found.sockets, found.sockets_per_user, found.socket_recheck) == (2000, 50, 60.0)
