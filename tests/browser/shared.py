"""One running site for many tests: each finds its databases as they were when it had started.

To start a site, or a command on it, takes seconds, most of them for imports. So the site goes on running while its
files are restored, and calls are forks of a process that has imported everything.
"""

import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from os import environ
from pathlib import Path

from tests.browser.site import Site
from tests.faults.processes import ROOT
from tests.servers.server import dying_with_parent
from tests.servers.waiting import until

FILES = ("runs", "participant")
PRESENT = "SELECT * FROM sagaflow_process"
HELD = """SELECT id FROM sagaflow_run WHERE snapshot GLOB '*"lease_until":[0-9]*'"""
"""The runs of which a worker holds a step."""
FORKING = """
import json, os, runpy, sys, traceback
import django
django.setup()
import sagaflow.processes.actors
from django.core.checks import run_checks
from django.db import connections
from sagaflow.management.commands import sagaflow as imported
run_checks()
connections.close_all()
for line in sys.stdin:
    sys.argv, *places = json.loads(line)
    if not (child := os.fork()):
        code = 1
        try:
            for number, place in enumerate((os.devnull, *places)):
                os.dup2(os.open(place, os.O_RDWR | os.O_CREAT, 0o600), number)
            if sys.argv[0] == "-c":
                exec(sys.argv.pop(1), {"__name__": "__main__"})
            else:
                runpy.run_path(sys.argv[0], run_name="__main__")
            code = 0
        except SystemExit as end:
            code = end.code or 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(code)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class SharedSite(Site):
    """A site that goes on running from test to test."""

    _forking: subprocess.Popen[str]
    _calls = 0

    def __init__(self, folder: Path, **environment: str) -> None:
        # No test kills it, so a step that a test holds at a gate is never taken over, however slow the machine is.
        super().__init__(folder, **{"SAGAFLOW_LEASE_SECONDS": "120"} | environment)
        self._folder = folder

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run the site, and the process whose forks call it. Note the state that `renew` restores."""
        command = [sys.executable, "-c", FORKING]
        options = {"cwd": ROOT, "env": {**environ, **self.environment}, "text": True}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        dying = dying_with_parent(signal.SIGKILL)
        with self.up(), subprocess.Popen(command, preexec_fn=dying, **pipes, **options) as self._forking:
            until(lambda: self._asked(PRESENT), "the site to be present")
            for name in FILES:
                copy(self._file(name), self._file(f"{name}-new"))
            yield

    def renew(self) -> None:
        """Forget everything that happened, except that the processes of the site are present."""
        for gate in self.gates.iterdir():
            gate.unlink()
        until(lambda: not self._asked(HELD), "the steps of the test before to end")
        for name in FILES:
            present = self._asked(PRESENT) if name == "runs" else []
            copy(self._file(f"{name}-new"), self._file(name))
            for row in present:
                marks = ", ".join("?" * len(row))
                self._asked(f"INSERT OR REPLACE INTO sagaflow_process VALUES ({marks})", *row)

    def call(self, *arguments: str) -> str:
        self._calls += 1
        places = [self._folder / f"call-{self._calls}.{stream}" for stream in ("out", "err")]
        self._forking.stdin.write(json.dumps([arguments, *map(str, places)]) + "\n")
        self._forking.stdin.flush()
        code, (told, failed) = self._forking.stdout.readline().strip(), (place.read_text() for place in places)
        assert code == "0", failed
        return told

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.sqlite3"

    def _asked(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self._file("runs"), timeout=30)) as connection, connection:
            return connection.execute(statement, values).fetchall()


def copy(source: Path, target: Path) -> None:
    """Copy a database in one transaction; other processes may have it open."""
    with closing(sqlite3.connect(source, timeout=30)) as read, closing(sqlite3.connect(target, timeout=30)) as written:
        read.backup(written)
