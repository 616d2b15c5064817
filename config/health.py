"""The two health checks of a load balancer: this process is alive, and the site is ready for requests.

They need no login, so the answers are words without details, and a readiness check is cached for a few seconds.
"""

import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Lock

from django.contrib.auth.decorators import login_not_required
from django.core.signals import setting_changed
from django.db import DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from sagaflow import conf, store
from sagaflow.processes import actors
from sagaflow.processes.presence import name_of

KEPT = 5.0
"""Seconds for which a readiness answer is cached."""
LEAST_FREE = 64 * 2**20
"""The least free bytes on the disk of an SQLite file."""
OK = "ok"


@login_not_required
@never_cache
@require_safe
def healthz(_: HttpRequest) -> JsonResponse:
    """200 as long as this process answers at all. Supervisors that restart processes use it."""
    return JsonResponse({"process": OK})


@login_not_required
@never_cache
@require_safe
def readyz(_: HttpRequest) -> JsonResponse:
    """200 with every item "ok", or 503 with a word for each problem. Load balancers that send requests use it."""
    states = _readiness()
    answer = JsonResponse(states, status=200 if set(states.values()) == {OK} else 503)
    answer._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001 - every probe would be an error in Django's log
    return answer


class Remembered:
    """Caches the latest answer, so that many requests do not query the databases each time."""

    def __init__(self, ask: Callable[[], dict[str, str]]) -> None:
        self._ask, self._lock = ask, Lock()
        self.forget()

    def __call__(self) -> dict[str, str]:
        with self._lock:
            if time.monotonic() >= self._until:
                self._answer, self._until = self._ask(), time.monotonic() + KEPT
            return self._answer

    def forget(self, **_: object) -> None:
        """Drop the answer, so that the next request gets a new one."""
        self._until = 0.0


def readiness() -> dict[str, str]:
    """The state of each item: "ok" or a word for the problem."""
    states = {f"database {alias}": state_of(connections[alias]) for alias in connections}
    return states | {
        "writing": _word(_write, "not possible"),
        "disk": _disk(),
        "broker": _word(lambda: actors.current().waiting(), "unreachable"),
        "sweeper": _word(_sweeper, "not seen lately"),
        **{
            f"source {source}": _word(partial(_source, source), "not heard lately") for source in conf.current().sources
        },
    }


def state_of(connection: BaseDatabaseWrapper) -> str:
    """The state of a database: "ok" if it answers and has every migration."""
    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return "unreachable"
    return "migrations outstanding" if plan else OK


def _write() -> None:
    """Really write, to the end of a transaction: no other check notices a full disk or a read-only file."""
    store.appear(name_of("web"), "web")


def _sweeper() -> None:
    if not store.present(store.SWEEPING):
        raise LookupError


def _source(name: str) -> None:
    if name not in store.heard():
        raise LookupError


def _disk() -> str:
    files = [Path(each.settings_dict["NAME"]) for each in connections.all() if each.vendor == "sqlite"]
    folders = {file.parent for file in files if file.is_absolute()}
    return OK if all(shutil.disk_usage(folder).free >= LEAST_FREE for folder in folders) else "nearly full"


def _word(ask: Callable[[], object], otherwise: str) -> str:
    try:
        ask()
    except Exception:  # noqa: BLE001 - whatever a driver raises, the answer is no
        return otherwise
    return OK


_readiness = Remembered(readiness)
setting_changed.connect(_readiness.forget, dispatch_uid="config.health")
