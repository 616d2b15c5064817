"""The sockets of one run and of the list of runs. The reason of a close tells a page if it may reconnect."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from channels.consumer import get_handler_name
from channels.generic.websocket import AsyncWebsocketConsumer

from designer.live import hub, protocol, reading
from designer.live.access import NotAdmitted, admit
from designer.live.protocol import BadFrame, CatchUp, Close, Show
from designer.live.reading import Catch, Lines, in_thread
from designer.live.view import View
from sagaflow.core.json_value import Json
from sagaflow.counting import counted
from sagaflow.store import UnknownRun

__all__ = ["BoardConsumer", "LiveConsumer", "RunConsumer"]

logger = counted(__name__)


class LiveConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # Channels has no types
    """The common part of the sockets: permission to watch, frames of the client, and closing."""

    channel_layer_alias = "none"
    """The hub listens to the channel layer, once for all sockets of the process."""
    recheck = 60.0
    """The seconds after which the permission to watch is checked again."""
    frames, span = 30, 10.0
    """A client may send ``frames`` frames in ``span`` seconds."""

    async def __call__(self, scope: Mapping[str, Any], receive: object, send: object) -> None:
        self.hub = hub.current()
        self.run_id = str(scope["url_route"]["kwargs"].get("run_id", ""))
        self.open = False
        self._work: asyncio.Task[None] | None = None
        self._checked = time.monotonic()
        self._received: list[float] = []
        try:
            await super().__call__(scope, receive, send)
        finally:
            self.gone()

    async def dispatch(self, message: dict[str, Json]) -> None:
        """Handle a message without the database thread of Channels: reads have threads of their own."""
        await getattr(self, get_handler_name(message))(message)

    async def connect(self) -> None:
        await self.accept()
        if await self.admitted():
            self.open = True
            await self.begin()

    async def admitted(self) -> bool:
        """Return True if the user may watch; otherwise close the socket."""
        try:
            self.run_scope = await in_thread(admit, self.scope["session"].session_key, self.run_id)
        except NotAdmitted as refused:
            await self.end(refused.code, str(refused))
            return False
        return True

    async def begin(self) -> None:
        """Send the first frame."""
        raise NotImplementedError

    async def take(self, frame: CatchUp | Show) -> None:
        """Answer a frame of the client."""
        raise NotImplementedError

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if not self.open:
            return
        try:
            self._count()
            await self.take(protocol.read(text_data, bytes_data))
        except BadFrame as error:
            await self.end(error.code, str(error))

    def _count(self) -> None:
        now = time.monotonic()
        self._received = [at for at in self._received if now - at < self.span] + [now]
        if len(self._received) > self.frames:
            raise BadFrame("Too many messages at once.", Close.TOO_MANY)

    async def say_beat(self, seq: int | None = None) -> None:
        """Send a heartbeat; check the permission to watch now and then."""
        if time.monotonic() - self._checked >= self.recheck:
            if not await self.admitted():
                return
            self._checked = time.monotonic()
        await self.say(protocol.beat(seq))

    def work(self) -> None:
        """Run ``pump``, once at a time."""
        if self.open and (self._work is None or self._work.done()):
            self._work = asyncio.ensure_future(self._pump())

    async def pump(self) -> None:
        """Send changes until there are none."""
        raise NotImplementedError

    async def say(self, text: str) -> None:
        """Send a frame, unless the socket is closed."""
        if self.open:
            try:
                await self.send(text)
            except (
                OSError,
                RuntimeError,
            ):  # the client went while this was on its way; servers differ in how they say so
                self.gone()

    async def end(self, code: Close, reason: str) -> None:
        """Close the socket with a reason (at most 123 bytes)."""
        self.gone()
        await self.close(code.value, reason)

    def gone(self) -> None:
        """Stop listening to the hub."""
        self.open = False
        self.hub.leave(self, self.run_id)
        if self._work is not None and self._work is not asyncio.current_task():
            self._work.cancel()

    async def disconnect(self, code: int) -> None:  # noqa: ARG002 - the signature of Channels
        self.gone()

    async def _pump(self) -> None:
        try:
            await self.pump()
        except UnknownRun as error:
            await self.end(Close.UNKNOWN_RUN, str(error)[:120])
        except Exception as error:  # noqa: BLE001 - the database may be away; the next beat tries again
            logger.warning("A page that is open could not be brought up to date now: %r", error)


class RunConsumer(LiveConsumer):
    """The socket ``ws/runs/<id>/?fold=a,b``: it sends a snapshot, then changes."""

    async def begin(self) -> None:
        query = parse_qs(self.scope["query_string"].decode(errors="replace"))
        self.folded = frozenset(query.get("fold", [""])[0].split(",")) - {""}
        self.seq = 0
        self.heard = 0
        self.view: View | None = None
        await self.hub.watch(self.run_id, self)
        self.look()

    def look(self) -> None:
        """Look for changes."""
        self.looking = True
        self.work()

    def hint(self, seq: int) -> None:
        """Look for changes, unless the entry was sent already or will be."""
        if seq > max(self.seq, self.heard):
            self.heard = seq
            self.look()

    async def beat(self, at: float, seq: int | None) -> None:
        if self.view is None or (seq or 0) > self.seq or at >= (self.view.stale_at or float("inf")):
            self.look()
        await self.say_beat(seq)

    async def take(self, frame: CatchUp | Show) -> None:
        if not isinstance(frame, CatchUp):
            raise BadFrame("This socket is about one run; it shows no others.")
        self.view = None
        self.look()

    async def pump(self) -> None:
        while self.looking:
            self.looking = False
            before = (self.view, self.seq)
            catch = await self.hub.catch_up(self.run_id, self.folded, least=self.heard)
            if (self.view, self.seq) == before:
                await self._send(catch)

    async def _send(self, catch: Catch) -> None:
        old, new = self.view, catch.view
        if old is not None and new.seq < old.seq:
            return
        self.seq, self.view = new.seq, new
        await self.say(catch.frame(old))


class BoardConsumer(LiveConsumer):
    """The socket ``ws/runs/``: it sends counts and the changed runs, at most a few times a second."""

    async def begin(self) -> None:
        self.shown: frozenset[str] = frozenset()
        self.known: dict[str, int] = {}
        self.wanted: frozenset[str] | None = None
        await self.hub.watch_all(self)
        self.want(frozenset())

    def want(self, runs: frozenset[str]) -> None:
        """Ask for the lines of these runs and for the counts."""
        self.wanted = runs | (self.wanted or frozenset())
        self.work()

    async def told(self, lines: Lines) -> None:
        """These runs changed."""
        self.known.update((run_id, seq) for run_id, seq in lines.seqs.items() if run_id in self.shown)
        await self.say(lines.frame)

    async def take(self, frame: CatchUp | Show) -> None:
        if not isinstance(frame, Show):
            raise BadFrame("This socket is about all runs; there is nothing to catch up with.")
        self.shown, self.known = frame.runs, {}
        self.want(frame.runs)

    async def beat(self) -> None:
        await self.say_beat()
        behind: frozenset[str] = frozenset()
        if self.shown:
            heads = (await self.hub.shared(("heads", self.shown), reading.heads, self.shown))[1]
            behind = frozenset(run_id for run_id, head in heads.items() if head > self.known.get(run_id, 0))
        self.want(behind)

    async def pump(self) -> None:
        while self.wanted is not None:
            runs, self.wanted = self.wanted, None
            await self.told(await self.hub.shared(("board", runs, self.run_scope), reading.board, runs, self.run_scope))
