"""A site of real processes with StreamTech, and functions with which a test starts runs there."""

import json
import os
import re
import secrets
import shutil
import socket
import sqlite3
import subprocess
import sys
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from itertools import cycle
from pathlib import Path
from typing import TypeVar

from tests.faults.processes import ROOT, Running, running
from tests.servers.ports import free_port
from tests.servers.waiting import until

NAME, PASSWORD = "vera", "only for tests"
PREPARE = """
import django; django.setup()
from django.core.management import call_command
for alias in ("default", "participant"):
    call_command("migrate", database=alias, interactive=False, verbosity=0)
from django.contrib.auth.models import User
from django.test import Client
from examples.streamtech import demo as streamtech
from examples.travel import demo as travel
Client().force_login(User.objects.create_superuser("vera", password="only for tests"))
streamtech.load()
travel.load()
"""
ORDER: dict[str, object] = {"order": "O-1", "customer": "ada", "sku": "alien", "quantity": 1, "amount": 1000}
OUT_OF_STOCK = ORDER | {"sku": "metropolis"}
START = """
import json, sys, time, django; django.setup()
from sagaflow import engine, store
from sagaflow.processes import actors
saga, given, delay = sys.argv[1], json.loads(sys.argv[2]), float(sys.argv[3])
print(engine.start(saga, given, not_before=store.now() + delay if delay else None))
actors.current().flush(5)
"""
COPY_SESSION = """INSERT INTO django_session (session_key, session_data, expire_date)
SELECT ?, session_data, expire_date FROM django_session LIMIT 1"""


class Site:
    """Processes on one pair of databases. ``url`` is the address of the first web process."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.gates = folder / "gates"
        self.gates.mkdir()
        self.port = free_port()
        self.environment = {
            "DJANGO_SETTINGS_MODULE": "tests.browser.settings",
            "SECRET_KEY": "only for tests",
            "SAGAFLOW_SWEEP_INTERVAL": "0.3",
            "SAGAFLOW_LEASE_SECONDS": "8",
            "STREAMTECH_NEXT_DAY": "3600",
            "GATES": str(self.gates),
            **environment,
        }

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def prepare(self) -> None:
        """Migrates, and creates a superuser."""
        self.call("-c", PREPARE)

    def up(self) -> AbstractContextManager[Running]:
        """Run everything in one process, always at the same address."""
        return self.answering(self.command("up", "--port", str(self.port), "--no-admin"), self.port)

    def command(self, *arguments: str) -> AbstractContextManager[Running]:
        return running("manage.py", "sagaflow", *arguments, **self.environment)

    def server(self, *command: str, port: int) -> AbstractContextManager[Running]:
        return self.answering(running(*command, **self.environment), port)

    @contextmanager
    def answering(self, process: AbstractContextManager[Running], port: int):
        with process as found:
            until(lambda: is_open(port) or found.popen.poll() is not None, f"the site at port {port}", seconds=150)
            assert found.popen.poll() is None, "the site ended"
            yield found

    def start(self, sku: str = "alien", *, saga: str = "order-fulfilment", after: float = 0.0, **given: object) -> str:
        """Start an order from a separate process; ``metropolis`` is out of stock. ``after``: seconds."""
        order = ORDER | {"sku": sku} | given
        return self.call("-c", START, saga, json.dumps(order), str(after)).strip()

    def ends(self, run_id: str, status: str) -> dict:
        """Wait without the browser until the run has the status. Return the output of ``show`` about it."""

        def shown() -> dict | None:
            told = json.loads(self.call("manage.py", "sagaflow", "show", run_id, "--json"))
            return told if told["run"]["status"] == status else None

        return until(shown, f"the run to be {status}", seconds=60)

    def call(self, *arguments: str) -> str:
        """The output of a Python program."""
        environment = {**os.environ, **self.environment}
        called = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=90,
        )
        assert called.returncode == 0, called.stderr
        return called.stdout

    def session(self) -> str:
        """Return the key of a new session of the user, without the form: a copy of the one that was prepared."""
        key = secrets.token_hex(16)
        path = self.environment["DATABASE_URL"].removeprefix("sqlite:///")
        with closing(sqlite3.connect(path, timeout=30)) as connection, connection:
            connection.execute(COPY_SESSION, [key])
        return key

    def shut(self, action: str) -> None:
        (self.gates / f"{action}.shut").touch()

    def open(self, action: str) -> None:
        (self.gates / f"{action}.shut").unlink(missing_ok=True)

    def break_(self, action: str, why: str = "It is closed today.") -> None:
        (self.gates / f"{action}.broken").write_text(why)

    def take_down(self, action: str, why: str = "It answers tomorrow.") -> None:
        (self.gates / f"{action}.down").write_text(why)

    def mend(self, action: str) -> None:
        (self.gates / f"{action}.broken").unlink()


S = TypeVar("S", bound=Site)


def embedded(folder: Path, template: Path, kind: type[S] = Site) -> S:
    """A site on copies of prepared SQLite files."""
    for name in ("runs", "participant"):
        shutil.copy(template / f"{name}.sqlite3", folder / f"{name}.sqlite3")
    return kind(folder, **sqlite(folder))


def sqlite(folder: Path) -> dict[str, str]:
    return {
        "DATABASE_URL": f"sqlite:///{folder}/runs.sqlite3",
        "PARTICIPANT_DATABASE_URL": f"sqlite:///{folder}/participant.sqlite3",
    }


SERVERS = (("uvicorn", "--port"), ("daphne", "-p"))
"""The ASGI servers on which the site is known to run, and the option that sets the port of each."""


@contextmanager
def spread(site: Site, *, web: int = 2, workers: int = 2):
    """Web processes (uvicorn and daphne in turn), workers and a sweeper; yields the addresses of the web processes."""
    with ExitStack() as stack:
        ports = []
        for (server, option), _ in zip(cycle(SERVERS), range(web), strict=False):
            ports.append(port := free_port())
            command = ("-m", server, option, str(port), "config.asgi:application")
            stack.enter_context(site.server(*command, port=port))
        for _ in range(workers):
            stack.enter_context(site.command("worker", "--processes", "1", "--threads", "4"))
        stack.enter_context(site.command("sweeper"))
        yield [f"http://127.0.0.1:{port}" for port in ports]


def is_open(port: int) -> bool:
    with socket.socket() as found:
        return found.connect_ex(("127.0.0.1", port)) == 0


def run_id_of(url: str) -> str:
    return re.search(r"/runs/([0-9a-f-]{36})/", url)[1]
