"""A copy of our code, and a process that runs its tests in forks: see ``tests/forks.py``.

A fault is written into the copy, because tests also start processes, and these have to see it.
"""

import contextlib
import gc
import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, NoReturn, Self

import pytest
from django.conf import settings

from tests.forks import enter, import_what_tests_need
from tests.garbage import THRESHOLDS
from tests.planted.copying import ROOT

__all__ = ["Ran", "Workshop"]

SECONDS = 800
"""The longest that a fork may take."""


SETTINGS = "DJANGO_SETTINGS_MODULE"
"""The variable that each fork sets for itself: with it, a library would read the settings before the forks."""


class Ran(NamedTuple):
    """The exit code of pytest, the ID of the first test that failed, and the printed text.

    A test fails in its own lines: one that could not be carried out has noticed nothing.
    """

    code: int
    failed: str
    output: str

    @property
    def noticed(self) -> bool:
        """True if a test failed."""
        return self.code == pytest.ExitCode.TESTS_FAILED and bool(self.failed)


class Workshop:
    """A folder with a copy in which faults are planted, one after the other."""

    def __init__(self, folder: Path, arguments: list[str]) -> None:
        """Import the libraries for the tests that pytest collects with these ``arguments``."""
        self.folder = folder
        self.passed: set[tuple[str, int]] = set()
        """The tests that passed without a fault, each with its number of examples."""
        self._tries = 0
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.planted.workshop", str(folder), *arguments],
            cwd=ROOT,
            env={name: os.environ[name] for name in os.environ if name != SETTINGS} | {"PYTHONPATH": str(folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=60)

    def run(self, arguments: list[str], environment: dict[str, str] | None = None) -> Ran:
        """Run pytest with these ``arguments`` in a fork."""
        self._tries += 1
        output = self.folder.with_name(f"{self.folder.name}.{self._tries}")
        temporary = f"--basetemp={output}.tmp"
        asked = {"arguments": [*arguments, temporary], "environment": environment or {}, "output": str(output)}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return Ran(*json.loads(self._process.stdout.readline()), output.read_text())

    @contextlib.contextmanager
    def planted(self, file: str, right: str, wrong: str) -> Iterator[None]:
        """Inside, ``file`` contains what is ``wrong``. Python compiles it again: its time of change says so."""
        broken = self.folder / file
        text, was = broken.read_text(), broken.stat()
        assert text.count(right) == 1, f"{file} no longer contains exactly once: {right}"
        broken.write_text(text.replace(right, wrong))
        os.utime(broken, (was.st_atime, was.st_mtime + 10))
        try:
            yield
        finally:
            broken.write_text(text)
            os.utime(broken, ns=(was.st_atime_ns, was.st_mtime_ns))


class _Told:
    """A plugin of pytest that writes the ID of the first test that fails to a pipe."""

    def __init__(self, pipe: int) -> None:
        self.pipe = pipe

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and report.when == "call" and self.pipe >= 0:
            os.write(self.pipe, report.nodeid.encode())
            self.pipe = -1


def serve(folder: Path, arguments: list[str]) -> None:
    """Fork for each request that comes, one after the other."""
    sys.dont_write_bytecode = False  # the forks read what the first of them compiled
    gc.set_threshold(*THRESHOLDS)
    import_what_tests_need(folder, arguments)
    assert not settings.configured, "each fork has settings of its own"
    gc.freeze()  # no fork has to look through what was imported here
    for line in sys.stdin:
        print(json.dumps(_carried_out(folder, **json.loads(line))), flush=True)


def _carried_out(folder: Path, arguments: list[str], environment: dict[str, str], output: str) -> tuple[int, str]:
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        _judge(folder, arguments, environment, output, writing)
    os.close(writing)
    _, status = os.waitpid(child, 0)
    os.set_blocking(reading, False)  # a process that a test left behind may hold the other end
    with os.fdopen(reading) as answer:
        return os.waitstatus_to_exitcode(status), answer.read() or ""


def _judge(folder: Path, arguments: list[str], environment: dict[str, str], output: str, pipe: int) -> NoReturn:
    code = int(pytest.ExitCode.INTERNAL_ERROR)
    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)  # ends the fork, whatever it does
        signal.alarm(SECONDS)
        os.environ.update(environment)
        enter(folder, output)
        code = int(pytest.main(arguments, plugins=[_Told(pipe)]))
    except BaseException:  # noqa: BLE001  (the process that forked must not go on twice)
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


if __name__ == "__main__":
    serve(Path(sys.argv[1]), sys.argv[2:])
