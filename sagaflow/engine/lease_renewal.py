"""Keeps the leases of long work: as long as this process lives, and as long as the step's timeout allows.

One thread per process renews a lease when half of it is over. Each renewal is as long as the attempt has run so far,
within bounds: hours of work cost a few journal entries, and a worker that dies is noticed in good time.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connections

from sagaflow.core.errors import Refused
from sagaflow.core.run.reports import LeaseRenewed
from sagaflow.counting import counted
from sagaflow.engine.transaction import deliver
from sagaflow.participants import Work

__all__ = ["kept"]

logger = counted("sagaflow.engine")

LONGEST = 8
"""No renewal is longer than so many leases."""
NEVER = float("inf")


@dataclass(eq=False)
class _Kept:
    """One attempt under way; times are those of this process's monotonic clock."""

    work: Work
    began: float
    due: float
    """When to renew."""


class _Keeper:
    """The attempts of this process that outlast a lease, and the thread that renews theirs."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._kept: set[_Kept] = set()
        self._thread: threading.Thread | None = None

    def add(self, one: _Kept) -> None:
        with self._changed:
            self._kept.add(one)
            if self._thread is None or not self._thread.is_alive():  # none yet, or none in this forked child
                self._thread = threading.Thread(target=self._run, name="sagaflow-leases", daemon=True)
                self._thread.start()
            self._changed.notify()

    def discard(self, one: _Kept) -> None:
        with self._changed:
            self._kept.discard(one)

    def _run(self) -> None:
        while True:
            for one in self._awaited():
                _renew(one)
            connections.close_all()

    def _awaited(self) -> list[_Kept]:
        """Those that are due, once there is one."""
        with self._changed:
            while not (due := [one for one in self._kept if one.due <= time.monotonic()]):
                first = min((one.due for one in self._kept), default=NEVER)
                self._changed.wait(None if first == NEVER else max(0.0, first - time.monotonic()))
            return due


_keeper = _Keeper()


@contextmanager
def kept(work: Work) -> Iterator[None]:
    """The lease of ``work`` is renewed until the block is left, or the step's timeout is over."""
    if work.timeout is None or work.timeout <= work.lease:
        yield
        return
    now = time.monotonic()
    one = _Kept(work, now, now + work.lease / 2)
    _keeper.add(one)
    try:
        yield
    finally:
        _keeper.discard(one)


def extension(work: Work, elapsed: float) -> tuple[float, bool]:
    """For how many more seconds an attempt may go on after ``elapsed`` ones, and whether that is the last time."""
    left = max(0.0, (work.timeout or 0.0) - elapsed)
    lease = min(max(work.lease, elapsed), LONGEST * work.lease)
    return (lease, False) if lease < left else (left, True)


def _renew(one: _Kept) -> None:
    """Once; if the database is away, soon again. An attempt that was given up meanwhile is not renewed any more."""
    work, context, now = one.work, one.work.context, time.monotonic()
    lease, last = extension(work, now - one.began)
    one.due = NEVER if last else now + lease / 2
    attempt = {"step": context.step, "direction": context.direction, "attempt": context.attempt}
    try:
        if lease:
            deliver(context.run_id, LeaseRenewed(**attempt, token=work.token, lease=lease))
    except Refused as error:
        one.due = NEVER
        logger.warning("Run %s: %s", context.run_id, error)
    except Exception as error:  # noqa: BLE001 - whatever the database's driver raises
        one.due = now + work.lease / 10
        logger.warning("Run %s: the lease of '%s' could not be renewed now: %r", context.run_id, context.step, error)
