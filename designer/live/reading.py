"""The reads of the sockets, on threads of their own, so that sockets and requests do not delay each other."""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ParamSpec, TypeVar

from django.db import DatabaseError, close_old_connections, connection

from designer.live import protocol
from designer.live.view import View, changes, view_of
from sagaflow import run_view, store
from sagaflow.access import RunScope
from sagaflow.store import subscriptions
from sagaflow.store.lists import live_columns
from sagaflow.store.lists.scopes import EVERYTHING

P = ParamSpec("P")
T = TypeVar("T")

__all__ = ["THREADS", "Catch", "Lines", "board", "catch_up", "heads", "in_thread", "news"]

THREADS = 4
MOST_COUNTED = 100
_counted: dict[RunScope, tuple[float, dict[str, Any]]] = {}
"""The cached counts of each scope, after the time at which they expire."""
_pool = ThreadPoolExecutor(THREADS, thread_name_prefix="sagaflow-live")


@dataclass(frozen=True, slots=True)
class Catch:
    """A run as it is now, with the frames for the pages that watch it."""

    view: View
    frames: dict[View | None, str] = field(default_factory=dict)
    """The frame that updates a page, by the view that the page has. Pages with the same view get the same text."""

    def frame(self, old: View | None) -> str:
        """Return a delta from ``old``, or a snapshot for a page without a view."""
        if old not in self.frames:
            after = {"after": old.seq} if old else {}
            kind, news = "delta" if old else "snapshot", changes(old, self.view)
            self.frames[old] = protocol.write(kind, **after, seq=self.view.seq, **news)
        return self.frames[old]


@dataclass(frozen=True, slots=True)
class Lines:
    """The list of runs as it is now: a frame, and the latest journal entry of each run in it."""

    frame: str
    seqs: dict[str, int]
    more: bool = False
    """Other runs changed as well."""


async def in_thread(read: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
    """Return the result of ``read``, called on one of the threads."""
    return await asyncio.get_running_loop().run_in_executor(_pool, partial(_tidily, read, *given, **named))


def catch_up(run_id: str, folded: frozenset[str] = frozenset()) -> Catch:
    """Return the run as it is in the database now.

    Raises:
        UnknownRun: there is no such run.
    """
    saga, state = store.state(run_id)
    subscribers = subscriptions.of(saga.name)
    failing = run_view.failing_observers(run_id, saga) if saga.observers or subscribers else {}
    return Catch(view_of(saga, state, store.now(), folded, subscribers, failing=failing).complete())


def heads(run_ids: Iterable[str]) -> tuple[float, dict[str, int]]:
    """Return the time, and the number of the latest journal entry of each run."""
    return store.now(), live_columns.heads(run_ids)


def board(run_ids: Iterable[str], scope: RunScope, *, more: bool = False) -> Lines:
    """Return the counts of the runs within ``scope`` and how far ``run_ids`` are; ``more``: others changed as well."""
    seqs = live_columns.heads(run_ids, scope)
    return Lines(protocol.write("board", counts=_counts(scope), runs=seqs, more=more), seqs, more)


def news(run_ids: Sequence[str], scope: RunScope, most: int) -> Lines | None:
    """Return the lines of the changed runs, the first ``most`` of them. ``None`` if the user may see none of them.

    A user with scopes gets no frame then: even an empty one would tell that something happened to a run out of scope.
    """
    visible = run_ids if scope == EVERYTHING else live_columns.within(run_ids, scope)
    return board(visible[:most], scope, more=len(visible) > most) if visible else None


def _tidily(read: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
    """Call ``read`` with a usable connection. The one of SQLite stays open: opening takes longer than most reads."""
    stays = connection.vendor == "sqlite"
    if not stays:
        close_old_connections()
    try:
        return read(*given, **named)
    except DatabaseError:
        connection.close()
        raise
    finally:
        if not stays:
            close_old_connections()


def _counts(scope: RunScope) -> dict[str, dict[str, int]]:
    """Return the counts. They are cached for twenty times as long as counting took: it is slow for very many runs."""
    until, counts = _counted.get(scope, (0.0, {}))
    began = time.monotonic()
    if began >= until:
        counts = live_columns.counts(scope)
        now = time.monotonic()
        if len(_counted) >= MOST_COUNTED:
            _counted.clear()
        _counted[scope] = (now + 20 * (now - began), counts)
    return counts
