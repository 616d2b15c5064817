"""Measures how the length of a saga affects the list of its runs. Run: python -m benchmarks.lists

There are fifty runs of a saga of 20 steps, and fifty of a saga of 300. The page of runs and the API list both, for a
user who may see sensitive fields and for a user who may not. Times are the median of twenty requests, taken in turn.
Promise: the longer saga takes at most 1.5 times as long. If not, the exit code is 1.
"""

# ruff: noqa: T201  (a benchmark prints)

import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.engine import prepared

ROUNDS, RUNS = 20, 50
SHORT, LONG = 20, 300
WANTED = 1.5
PATHS = ("/?saga={saga}", "/api/runs?saga={saga}&limit=50")


def started(steps: int) -> str:
    """Create fifty runs of a saga with that number of steps. Return the name of the saga."""
    from sagaflow import Saga, Step, engine, orchestrated, registry

    action = f"lists.do{steps}"
    registry.action(action)(lambda _: None)
    chain = (Step(f"step{number}", action) for number in range(steps))
    saga = registry.register(Saga(f"steps{steps}", orchestrated("main", *chain), sensitive=("card",)))
    for _ in range(RUNS):
        engine.start(saga.name, {"card": "4111"})
    return saga.name


def visitors() -> dict[str, Any]:
    """A client of a user who may see sensitive fields, and one of a user who may not."""
    from django.contrib.auth.models import Permission, User
    from django.test import Client

    clients = {name: Client(headers={"host": "localhost"}) for name in ("sees all", "sees masks")}
    for name, client in clients.items():
        user = User.objects.create_user(name)
        known = Permission.objects.filter(content_type__app_label="sagaflow")
        user.user_permissions.set(known if name == "sees all" else known.filter(codename="view_run"))
        client.force_login(user)
    return clients


def answered(client: Any, url: str) -> None:
    """Send one request; only a success is worth measuring."""
    answer = client.get(url)
    if answer.status_code != HTTPStatus.OK:
        raise SystemExit(f"{url} answered {answer.status_code}.")


def in_turn(*asks: Callable[[], Any]) -> list[float]:
    """The median CPU time of each request, in milliseconds."""
    times: list[list[float]] = [[] for _ in asks]
    for _ in range(ROUNDS + 1):
        for ask, taken in zip(asks, times, strict=True):
            began = time.process_time()
            ask()
            taken.append((time.process_time() - began) * 1000)
    return [median(taken[1:]) for taken in times]


def main() -> int:
    """Print the table, and if the promise was kept."""
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        prepared(Path(folder))
        short, long = started(SHORT), started(LONG)
        print(f"{'':36} {SHORT} steps  {LONG} steps  ratio")
        for name, client in visitors().items():
            for path in PATHS:
                few, many = in_turn(*(partial(answered, client, path.format(saga=saga)) for saga in (short, long)))
                worst = max(worst, many / few)
                print(f"{name:12} {path.partition('?')[0]:22} {few:6.1f} ms {many:8.1f} ms  {many / few:5.2f}")
    print(f"at most {WANTED} wanted")
    return 0 if worst <= WANTED else 1


if __name__ == "__main__":
    sys.exit(main())
