"""A whole site of real processes around the shop: its database, its broker, its gates, and the outcome of its runs."""

import json
import os
import sqlite3
import subprocess
import sys
import uuid
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Any

import psycopg

from tests.faults.processes import ROOT, Running, running
from tests.servers.waiting import until

START = """
import json, sys, django
django.setup()
from sagaflow import engine
from sagaflow.processes import actors
for _ in range(int(sys.argv[3])):
    print(engine.start(sys.argv[1], json.loads(sys.argv[2])))
actors.current().flush(5)
"""


class Site:
    """Commands of `manage.py sagaflow` on one database and one broker."""

    def __init__(self, folder: Path, *, database: str, broker: str = "embedded") -> None:
        self.database, self.gates = database, folder / "gates"
        self.gates.mkdir()
        self.environment = {
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
            "DATABASE_URL": database,
            "SAGAFLOW_BROKER_URL": broker,
            "SAGAFLOW_EXAMPLES": "off",
            # Longer than a busy machine may stop a worker, as each expired lease is one more attempt.
            "SAGAFLOW_LEASE_SECONDS": "5.0",
            "SAGAFLOW_SWEEP_INTERVAL": "0.2",
            "SECRET_KEY": "only for tests",
            "GATES": str(self.gates),
        }

    # --- processes

    def command(self, *arguments: str, **environment: str) -> AbstractContextManager[Running]:
        return running("manage.py", "sagaflow", *arguments, **self.environment | environment)

    def up(self) -> AbstractContextManager[Running]:
        return self.command("up", "--port", "0", "--no-admin")

    def worker(self, *arguments: str, **environment: str) -> AbstractContextManager[Running]:
        return self.command("worker", "--processes", "1", "--threads", "4", *arguments, **environment)

    def workers(self, count: int, **environment: str) -> AbstractContextManager[Running]:
        return self.command("worker", "--processes", str(count), "--threads", "4", **environment)

    def sweeper(self) -> AbstractContextManager[Running]:
        return self.command("sweeper")

    def call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Python to its end."""
        environment = {**os.environ, **self.environment}
        command = [sys.executable, *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=150
        )

    def start(self, saga: str, *, count: int = 1, **given: Any) -> list[str]:
        """Start runs from a separate process. Return their IDs."""
        called = self.call("-c", START, saga, json.dumps(given), str(count))
        assert called.returncode == 0, called.stderr
        return called.stdout.split()

    # --- gates

    def shut(self, point: str) -> None:
        (self.gates / f"{point}.shut").touch()

    def open(self, point: str) -> None:
        (self.gates / f"{point}.shut").unlink()

    def reached(self, point: str) -> None:
        until((self.gates / f"{point}.reached").exists, f"somebody to reach {point}")

    # --- outcomes

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        if self.database.startswith("sqlite"):
            with closing(sqlite3.connect(self.database.removeprefix("sqlite:///"), timeout=20)) as connection:
                return connection.execute(statement).fetchall()
        with psycopg.connect(self.database) as connection:
            return connection.execute(statement).fetchall()

    def statuses(self) -> dict[str, str]:
        return {str(uuid.UUID(str(key))): status for key, status in self.query("SELECT id, status FROM sagaflow_run")}

    def ends(self, *run_ids: str, status: str = "completed", seconds: float = 60) -> None:
        """Waits until all these runs have the status."""
        until(
            lambda: {self.statuses()[run_id] for run_id in run_ids} == {status},
            f"{len(run_ids)} runs to be {status}",
            seconds=seconds,
        )

    @property
    def attempts(self) -> list[tuple[str, int]]:
        """Key and number of every attempt of the actions that are not transactional."""
        path = self.gates / "attempts"
        lines = path.read_text().splitlines() if path.exists() else []
        return [(line.split()[0], int(line.split()[1])) for line in lines]

    @property
    def effects(self) -> list[str]:
        """The keys under which the participant's effects took place."""
        return sorted(path.stem for path in self.gates.glob("*.effect"))

    @property
    def rows(self) -> list[tuple[str, int]]:
        """Key and attempt of every effect of the transactional actions."""
        return self.query("SELECT key, attempt FROM shop_effect ORDER BY id")
