"""The hub that the sockets of one process share: it receives hints, reads the database and sends the heartbeat."""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import Any, ParamSpec, Protocol, TypeVar
from weakref import WeakKeyDictionary

from channels.layers import get_channel_layer

from designer.live import reading
from designer.live.publisher import GROUP, publisher
from designer.live.reading import Catch, Lines, in_thread
from sagaflow import conf
from sagaflow.access import RunScope
from sagaflow.counting import counted

P = ParamSpec("P")
T = TypeVar("T")

__all__ = ["Board", "Hub", "Watcher", "current"]

logger = counted(__name__)


class Watcher(Protocol):
    """A socket that watches one run."""

    def hint(self, seq: int) -> None:
        """The run has reached the entry ``seq``."""

    def beat(self, at: float, seq: int | None) -> None:
        """Send a heartbeat soon; ``seq`` is the latest journal entry of the run, ``None`` if it is not known."""


class Board(Protocol):
    """A socket that watches the list of runs."""

    shown: frozenset[str]
    """The runs that the page shows."""
    run_scope: RunScope
    """The runs that the user may see."""

    def offer(self, scope: RunScope, lines: Lines) -> None:
        """Show these changed runs soon; ``scope``: the runs that the lines were read for."""

    def beat(self) -> None:
        """Send a heartbeat soon."""


class Hub:
    """The hub of one event loop. Its tasks run while there is a socket. They never wait for a socket."""

    interval = 5.0
    """The seconds between two heartbeats."""
    longest_interval = 10.0
    """The same while very many sockets are open. A page that hears nothing for 16 seconds reconnects."""
    pause = 1.0
    """The seconds before it joins the group again after the channel layer failed."""
    board_pause = 0.25
    """The seconds between two frames about the list of runs."""
    beats, board_frames = 100, 250
    """The largest numbers per second. With more sockets each gets fewer; frames about a run do not wait for them."""
    checks = 50
    """The largest number of checks per second of the permission to watch, before frames with data."""
    most = 200
    """The largest number of lines in one frame about the list; lines that a page shows come first."""

    def __init__(self) -> None:
        self.watchers: dict[str, set[Watcher]] = {}
        self.boards: set[Board] = set()
        self.sockets: set[Any] = set()
        """Every open connection, from its first byte to its last."""
        self._news: set[str] = set()
        self._telling: asyncio.Task[None] | None = None
        self._heard: dict[str, int] = {}
        """The latest hint of each watched run: an older read is outdated."""
        self._reads: dict[Any, asyncio.Task[Any]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._joined = asyncio.Event()

    @property
    def trust(self) -> float:
        """The seconds for which a check of the permission to watch is recent enough for a frame with data."""
        return min(max(1.0, len(self.sockets) / self.checks), conf.current().socket_recheck)

    async def watch(self, run_id: str, watcher: Watcher) -> None:
        """Send the hints of the run to the watcher from now on."""
        self.watchers.setdefault(run_id, set()).add(watcher)
        await self._start()

    async def watch_all(self, board: Board) -> None:
        """Send all hints to the board from now on."""
        self.boards.add(board)
        await self._start()

    def leave(self, watcher: object, run_id: str = "") -> None:
        """Send nothing more to the watcher."""
        self.boards.discard(watcher)
        if run_id in self.watchers:
            self.watchers[run_id].discard(watcher)
            if not self.watchers[run_id]:
                del self.watchers[run_id]
                self._heard.pop(run_id, None)
        if not self.watchers and not self.boards:
            for task in self._tasks:
                task.cancel()
            self._tasks = []

    async def catch_up(self, run_id: str, folded: frozenset[str], *, least: int = 0) -> Catch:
        """Return the run as it is now. Sockets share one read, unless it began too early to see the entry ``least``.

        Raises:
            UnknownRun: there is no such run.
        """
        read = partial(self.shared, (run_id, folded), reading.catch_up, run_id, folded)
        catch: Catch = await read()
        return catch if catch.view.seq >= max(least, self._heard.get(run_id, 0)) else await read()

    async def shared(self, key: object, read: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        """Return the result of ``read``. Callers with the same key at the same time share one result."""
        task = self._reads.get(key)
        if task is None:
            task = asyncio.ensure_future(in_thread(read, *given, **named))
            self._reads[key] = task
            task.add_done_callback(lambda _: self._reads.pop(key, None))
        return await asyncio.shield(task)

    async def _start(self) -> None:
        """Join the group first, so that no hint is missed. If that takes long, pages follow by the heartbeat."""
        publisher.attach(asyncio.get_running_loop())
        if not self._tasks:
            self._joined.clear()
            self._tasks = [asyncio.ensure_future(self._listen()), asyncio.ensure_future(self._beat())]
        try:
            await asyncio.wait_for(self._joined.wait(), 1.0)
        except TimeoutError:
            logger.warning("The channel layer does not answer. Pages that are open follow by their heartbeat.")

    async def _listen(self) -> None:
        layer = get_channel_layer()
        while True:
            try:
                name = await layer.new_channel()
                await layer.group_add(GROUP, name)
                self._joined.set()
                while True:
                    self.spread((await layer.receive(name)).get("runs") or {})
            except Exception as error:  # noqa: BLE001 - whatever the layer's driver raises
                logger.warning("The channel layer failed: %r. It is asked again.", error)
                await asyncio.sleep(self.pause)

    def spread(self, runs: dict[str, int]) -> None:
        """Pass hints to the sockets that watch these runs."""
        for run_id, seq in runs.items():
            if run_id in self.watchers:
                self._heard[run_id] = max(seq, self._heard.get(run_id, 0))
            for watcher in tuple(self.watchers.get(run_id, ())):
                watcher.hint(seq)
        if self.boards:
            self._news.update(runs)
            if self._telling is None or self._telling.done():
                self._telling = asyncio.ensure_future(self._tell_boards())

    async def _tell_boards(self) -> None:
        """Read once, and write one text, for all lists of runs whose users may see the same runs."""
        while self._news and self.boards:
            shown = frozenset[str]().union(*(board.shown for board in self.boards))
            news, self._news = sorted(self._news, key=lambda run_id: run_id not in shown), set()
            try:
                lines = {
                    scope: await in_thread(reading.news, news, scope, self.most)
                    for scope in {board.run_scope for board in self.boards}
                }
            except Exception as error:  # noqa: BLE001 - the heartbeat repairs it
                logger.warning("The lists of runs that are open could not be brought up to date: %r", error)
                return
            for board in self.boards:
                found = lines.get(board.run_scope)  # a board that came, or was asked again, meanwhile has none
                if found is not None:
                    board.offer(board.run_scope, found)
            await asyncio.sleep(max(self.board_pause, len(self.boards) / self.board_frames))

    async def _beat(self) -> None:
        while True:
            sockets = sum(map(len, self.watchers.values())) + len(self.boards)
            await asyncio.sleep(max(self.interval, min(self.longest_interval, sockets / self.beats)))
            try:
                at, heads = await in_thread(reading.heads, tuple(self.watchers))
            except Exception as error:  # noqa: BLE001 - the database may be down for a while
                logger.warning("The heartbeat could not read where the runs are: %r", error)
                at, heads = time.time(), {}
            for run_id, watchers in self.watchers.items():
                for watcher in watchers:
                    watcher.beat(at, heads.get(run_id))
            for board in self.boards:
                board.beat()


_hubs: "WeakKeyDictionary[asyncio.AbstractEventLoop, Hub]" = WeakKeyDictionary()


def current() -> Hub:
    """Return the hub of the running loop."""
    return _hubs.setdefault(asyncio.get_running_loop(), Hub())
