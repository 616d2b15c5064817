"""Renew the lease of long work, while this process lives and the step's timeout allows.

A thread for each long attempt renews its lease when half of it is over. Each renewal is as long as the attempt has
run so far, within bounds: hours of work cost a few journal entries, and a worker that dies is noticed early enough.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections

from sagaflow.core.errors import Refused
from sagaflow.core.run.reports import LeaseRenewed
from sagaflow.counting import counted
from sagaflow.engine.transaction import deliver
from sagaflow.participants import Work

__all__ = ["lease_renewed", "renew"]

logger = counted("sagaflow.engine")

LONGEST = 8
"""The length of the longest renewal, in leases."""


@contextmanager
def lease_renewed(work: Work) -> Iterator[None]:
    """Renew the lease of ``work`` until the block ends, or until the timeout of the step is over."""
    if work.timeout is None or work.timeout <= work.lease:
        yield
        return
    ended = threading.Event()
    threading.Thread(target=_renew_until, args=(ended, work), name="sagaflow-lease", daemon=True).start()
    try:
        yield
    finally:
        ended.set()


def renew(work: Work, lease: float) -> None:
    """Keep the step for another ``lease`` seconds.

    Raises:
        Refused: the worker has lost the step, because its lease was over or an operator acted.
    """
    context = work.context
    step, direction, attempt = context.step, context.direction, context.attempt
    renewed = LeaseRenewed(step=step, direction=direction, attempt=attempt, token=work.token, lease=lease)
    deliver(context.run_id, renewed)


def extension(work: Work, elapsed: float) -> tuple[float, bool]:
    """The seconds of a renewal after ``elapsed`` seconds of the attempt, and True if it is the last one."""
    left = max(0.0, (work.timeout or 0.0) - elapsed)
    lease = min(max(work.lease, elapsed), LONGEST * work.lease)
    return (lease, False) if lease < left else (left, True)


def _renew_until(ended: threading.Event, work: Work) -> None:
    began, pause = time.monotonic(), work.lease / 2
    while not ended.wait(pause):
        next_pause = _renew(work, time.monotonic() - began)
        connections.close_all()
        if next_pause is None:
            return
        pause = next_pause


def _renew(work: Work, elapsed: float) -> float | None:
    """Renew the lease once; return the seconds until the next renewal, or ``None`` if there is none.

    If the database is unavailable, the next renewal follows soon. An attempt that was given up is not renewed again.
    """
    context = work.context
    lease, last = extension(work, elapsed)
    try:
        if lease:
            renew(work, lease)
    except Refused as error:
        logger.warning("Run %s: %s", context.run_id, error)
        return None
    except Exception as error:  # noqa: BLE001 - whatever the database's driver raises
        logger.warning("Run %s: the lease of '%s' could not be renewed now: %r", context.run_id, context.step, error)
        return work.lease / 10
    return None if last else lease / 2
