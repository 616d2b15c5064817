"""DBOS Transact: a workflow of five steps through its queue. It runs in an environment that has DBOS.

``dbos_side.py client URL`` enqueues as many workflows as a line of its input says; ``dbos_side.py worker URL NAME``
performs them. A failing workflow catches the error of its fifth step and undoes the four before it.
"""

# ruff: noqa: T201  (the protocol)

import os
import sys
import time
from collections.abc import Callable
from typing import cast
from uuid import uuid4

from dbos import DBOS, DBOSClient

QUEUE = "sagas"
POLL = 0.05
THREADS = 8


class Refused(Exception):
    """The fifth step refuses."""


def made(name: str, *, failing: bool = False) -> Callable[[str], dict[str, bool]]:
    """Return a step that does nothing."""

    def step(variant: str) -> dict[str, bool]:
        if failing and variant == "failing":
            raise Refused
        return {"ok": True}

    step.__name__ = step.__qualname__ = name
    return cast(Callable[[str], dict[str, bool]], DBOS.step()(step))


LAST = 5
STEPS = [made(f"step{number}", failing=number == LAST) for number in range(1, LAST + 1)]
UNDOS = [made(f"undo{number}") for number in range(1, LAST + 1)]


@DBOS.workflow()
def saga(variant: str) -> None:
    """Do the steps; after a refusal undo those that were done."""
    done = []
    try:
        for step, undo in zip(STEPS, UNDOS, strict=True):
            step(variant)
            done.append(undo)
    except Refused:
        for undo in reversed(done):
            undo(variant)


def launched(url: str, **more: str) -> None:
    """Start DBOS in this process."""
    settings = {"name": "compare", "system_database_url": url, "application_version": "1", "log_level": "ERROR"}
    DBOS(config={**settings, "run_admin_server": False, "max_executor_threads": THREADS, **more})
    DBOS.launch()
    DBOS.register_queue(QUEUE, polling_interval_sec=POLL, on_conflict="always_update")


def client(url: str) -> None:
    """Answer each line ``<number> <variant>`` by ``started``, after that many workflows were enqueued."""
    launched(url)  # creates the tables
    DBOS.destroy()
    sender = DBOSClient(system_database_url=url, application_name="compare")
    print("ready", flush=True)
    for line in sys.stdin:
        number, variant = line.split()
        for _ in range(int(number)):
            each = {"workflow_name": "saga", "queue_name": QUEUE, "workflow_id": str(uuid4())}
            sender.enqueue({**each, "app_version": "1"}, variant)
        print("started", flush=True)
    sender.destroy()


if __name__ == "__main__":
    if sys.argv[1] == "client":
        client(sys.argv[2])
    else:
        os.environ["DBOS__VMID"] = sys.argv[3]
        launched(sys.argv[2], executor_id=sys.argv[3])
        while True:
            time.sleep(3600)
