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
from designer.live.reading import Catch, Lines
from designer.live.view import View
from sagaflow import conf
from sagaflow.access import RunScope
from sagaflow.core.json_value import Json
from sagaflow.counting import counted
from sagaflow.store import UnknownRun

__all__ = ["BoardConsumer", "LiveConsumer", "RunConsumer"]

logger = counted(__name__)


class LiveConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # Channels has no types
    """The common part of the sockets: permission to watch, frames of the client, and closing.

    A client can delay only itself. The hub calls ``hint``, ``offer`` and ``beat``, which return at once. Three tasks of
    the socket do the rest: one sends what is new, one the heartbeat, one checks the permission again. What is waiting
    is merged, so that nothing piles up. A client that does not read within ``patience`` seconds is closed.
    """

    channel_layer_alias = "none"
    """The hub listens to the channel layer, once for all sockets of the process."""
    patience = 5.0
    """The seconds that a client may take to read a frame."""
    frames, span = 30, 10.0
    """A client may send ``frames`` frames in ``span`` seconds."""

    async def __call__(self, scope: Mapping[str, Any], receive: object, send: object) -> None:
        self.hub = hub.current()
        self.run_id = str(scope["url_route"]["kwargs"].get("run_id", ""))
        self.open = self.ended = False
        self.user: object = None
        self._work: asyncio.Task[None] | None = None
        self._beating: asyncio.Task[None] | None = None
        self._guard: asyncio.Task[None] | None = None
        self._checked = float("-inf")
        self._received: list[float] = []
        self.hub.sockets.add(self)
        try:
            await super().__call__(scope, receive, send)
        finally:
            self.gone()
            self.hub.sockets.discard(self)

    async def dispatch(self, message: dict[str, Json]) -> None:
        """Handle a message without the database thread of Channels: reads have threads of their own."""
        await getattr(self, get_handler_name(message))(message)

    async def connect(self) -> None:
        await self.accept()
        if len(self.hub.sockets) > conf.current().sockets:
            await self.end(Close.TRY_LATER, "The site has too many live pages open. Try again later.")
        elif await self.admitted() and await self.has_room():
            self.open = True
            self._guard = asyncio.ensure_future(self._recheck())
            await self.begin()

    async def has_room(self) -> bool:
        """Return True if the user has few enough sockets; otherwise close this one."""
        most = conf.current().sockets_per_user
        if sum(socket.user == self.user for socket in self.hub.sockets) <= most:
            return True
        await self.end(Close.TOO_MANY_SOCKETS, f"You have more than {most} live pages open. Close some, then reload.")
        return False

    async def admitted(self) -> bool:
        """Return True if the user may watch; otherwise close the socket."""
        key, began = self.scope["session"].session_key, time.monotonic()
        try:
            may = await self.hub.shared(("admit", key, self.run_id), admit, key, self.run_id)
        except NotAdmitted as refused:
            await self.end(refused.code, str(refused))
            return False
        self.user, self.run_scope, self._checked = may.user, may.scope, began
        return True

    async def still_admitted(self) -> bool:
        """Return True if the user may watch, by a check that is recent enough for a frame with data."""
        return time.monotonic() - self._checked < self.hub.trust or await self.admitted()

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

    def say_beat(self, seq: int | None = None) -> None:
        """Send a heartbeat soon, unless the one before is still on its way."""
        if self.open and (self._beating is None or self._beating.done()):
            self._beating = asyncio.ensure_future(self.say(protocol.beat(seq)))

    def work(self) -> None:
        """Run ``pump``, once at a time."""
        if self.open and (self._work is None or self._work.done()):
            self._work = asyncio.ensure_future(self._pump())

    async def pump(self) -> None:
        """Send changes until there are none."""
        raise NotImplementedError

    async def say(self, text: str) -> None:
        """Send a frame, unless the socket is closed. Close it if the client does not read."""
        if not self.open:
            return
        try:
            async with asyncio.timeout(self.patience):
                await self.send(text)
        except TimeoutError:
            logger.warning("A live page was closed: it did not read for %g s.", self.patience)
            await self.end(Close.TRY_LATER, "The page reads too slowly. It may connect again.")
        except (OSError, RuntimeError):  # the client went while this was on its way; servers differ in how they say so
            self.gone()

    async def end(self, code: Close, reason: str) -> None:
        """Close the socket with a reason (at most 123 bytes), once."""
        self.gone()
        if not self.ended:
            self.ended = True
            await self.close(code.value, reason)

    def gone(self) -> None:
        """Stop listening to the hub."""
        self.open = False
        self.hub.leave(self, self.run_id)
        for task in (self._work, self._beating, self._guard):
            if task is not None and task is not asyncio.current_task():
                task.cancel()

    async def disconnect(self, code: int) -> None:  # noqa: ARG002 - the signature of Channels
        self.gone()

    async def _recheck(self) -> None:
        """Check the permission to watch at intervals. While the database is unavailable, no data is sent."""
        while self.open:
            await asyncio.sleep(conf.current().socket_recheck)
            try:
                await self.admitted()
            except Exception as error:  # noqa: BLE001 - the database may be away; it is asked again
                logger.warning("The permission to watch could not be checked again: %r", error)

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

    def beat(self, at: float, seq: int | None) -> None:
        if self.view is None or (seq or 0) > self.seq or at >= (self.view.stale_at or float("inf")):
            self.look()
        self.say_beat(seq)

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
            if await self.still_admitted() and (self.view, self.seq) == before:
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
        self.more = self.behind = False
        self.offered: tuple[RunScope, Lines] | None = None
        await self.hub.watch_all(self)
        self.want(frozenset())

    def want(self, runs: frozenset[str], *, more: bool = False) -> None:
        """Ask for the lines of these runs and for the counts; ``more``: others changed as well."""
        runs |= self.wanted or frozenset()
        if len(runs) > self.hub.most:
            runs, more = runs & self.shown, True
        self.wanted, self.more = runs, self.more or more
        self.work()

    def offer(self, scope: RunScope, lines: Lines) -> None:
        """Send these lines soon. If others are still waiting, all of them are read again, as one frame."""
        waiting, self.offered = self.offered, None
        if waiting is None and self.wanted is None:
            self.offered = (scope, lines)
            self.work()
        else:
            both = [lines] if waiting is None else [waiting[1], lines]
            self.want(frozenset().union(*(one.seqs for one in both)), more=any(one.more for one in both))

    async def take(self, frame: CatchUp | Show) -> None:
        if not isinstance(frame, Show):
            raise BadFrame("This socket is about all runs; there is nothing to catch up with.")
        self.shown, self.known = frame.runs, {}
        self.want(frame.runs)

    def beat(self) -> None:
        self.behind = True
        self.work()
        self.say_beat()

    async def pump(self) -> None:
        while self.offered or self.behind or self.wanted is not None:
            if self.behind:
                self.behind = False
                await self._look_behind()
            scope, lines = await self._taken()
            if not await self.still_admitted():
                return
            if self.run_scope == scope:
                await self._tell(lines)
            else:  # the scopes of the user changed meanwhile
                self.want(frozenset(lines.seqs), more=lines.more)

    async def _taken(self) -> tuple[RunScope, Lines]:
        """Return what is waiting: the lines that the hub read, or those that this page asked for."""
        if self.offered is not None:
            taken, self.offered = self.offered, None
            return taken
        (runs, self.wanted), (more, self.more) = (self.wanted or frozenset(), None), (self.more, False)
        scope = self.run_scope
        return scope, await self.hub.shared(("board", runs, scope, more), reading.board, runs, scope, more=more)

    async def _look_behind(self) -> None:
        """Ask for the runs on the page that changed without a hint."""
        behind: frozenset[str] = frozenset()
        if self.shown:
            heads = (await self.hub.shared(("heads", self.shown), reading.heads, self.shown))[1]
            behind = frozenset(run_id for run_id, head in heads.items() if head > self.known.get(run_id, 0))
        self.want(behind)

    async def _tell(self, lines: Lines) -> None:
        self.known.update((run_id, seq) for run_id, seq in lines.seqs.items() if run_id in self.shown)
        await self.say(lines.frame)
