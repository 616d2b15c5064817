"""A step that was under way when a process died is performed next in a separate process.

A step that kills its process then kills nothing else, is known by that, and is parked with the name of the signal.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from django.conf import settings
from django.db import connections

from sagaflow import engine
from sagaflow.counting import counted
from sagaflow.processes.supervisor import ending

__all__ = ["Isolation"]

log = counted(__name__)


class Isolation:
    """Start processes one after another, each for one attempt in one run."""

    def __init__(self, worker: str, services: Iterable[str] | None, wake: Callable[[str], None]) -> None:
        self._worker = worker
        self._services = None if services is None else ",".join(sorted(services))
        self._wake = wake
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="sagaflow-alone")
        self._lock, self._asked = Lock(), set[str]()

    def perform(self, run_id: str) -> None:
        """Queue the run; return at once."""
        with self._lock:
            if run_id not in self._asked:
                self._asked.add(run_id)
                self._pool.submit(self._perform, run_id)

    def stop(self) -> None:
        """Start no more processes. A running process ends after its attempt."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _perform(self, run_id: str) -> None:
        with self._lock:
            self._asked.discard(run_id)
        try:
            self._alone(run_id)
        except Exception:
            log.exception("Run %s could not continue in a separate process. The sweeper sends another hint.", run_id)
        finally:
            connections.close_all()

    def _alone(self, run_id: str) -> None:
        log.info("Run %s continues in a separate process, because a process died while it performed the step.", run_id)
        # The pipe is the leash: when this process dies, the child ends after its attempt.
        with subprocess.Popen(self._command(run_id), stdin=subprocess.PIPE, env=_environment()) as process:  # noqa: S603 - our own command line
            code = process.wait()
        if code:
            log.warning("The separate process for run %s %s.", run_id, ending(code))
            engine.worker_died(self._worker, ending(code), runs=[run_id])
        self._wake(run_id)

    def _command(self, run_id: str) -> list[str]:
        services = [] if self._services is None else ["--services", self._services]
        alone = ["--alone", run_id, "--name", self._worker, *services]
        return [sys.executable, "-m", "django", "sagaflow", "worker", "--skip-checks", *alone]


def _environment() -> dict[str, str]:
    """Return the environment of this process, so that the child finds the same code and the same settings."""
    paths = os.pathsep.join(path or os.getcwd() for path in sys.path)  # noqa: PTH109 - text
    return {**os.environ, "PYTHONPATH": paths, "DJANGO_SETTINGS_MODULE": settings.SETTINGS_MODULE}
