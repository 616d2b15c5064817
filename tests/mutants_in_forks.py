"""Try the changes of a module in forks of one process (see ``forks.py``).

A fork sees the changed text instead of the file, so nothing on disk is changed, and several can run at once.
"""

import contextlib
import difflib
import gc
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import NamedTuple, NoReturn

import pytest
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator
from cosmic_ray.work_item import MutationSpec

from tests.forks import enter, import_what_tests_need

__all__ = ["Tried", "tried"]

FIRST = 12
"""The number of tests that run first, because they noticed other changes of the module."""
NOT_RUN = (pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.NO_TESTS_COLLECTED)
"""The exit codes of pytest with which no test has judged anything."""


class Tried(NamedTuple):
    """A change that was tried: its place, its unified difference, and whether a test failed."""

    spec: MutationSpec
    difference: list[str]
    noticed: bool


class _Running(NamedTuple):
    """A change that is being tried, and the pipe that names the test that noticed it."""

    spec: MutationSpec
    difference: list[str]
    told: int


def tried(
    folder: Path, specs: Iterable[MutationSpec], arguments: list[str], *, seconds: float, at_once: int = 2
) -> Iterator[Tried]:
    """Run pytest with ``arguments`` in ``folder`` once for each change, and say which changes a test noticed.

    A run that takes more than ``seconds`` of work, or ten times as long, counts as noticed: an endless loop shows
    itself to everyone, and a busy machine does not seem one. Tests that noticed other changes run first, the latest
    before the others: changes of a module are often noticed by the same.
    """
    import_what_tests_need(folder, arguments)
    gc.freeze()  # no fork has to look through what was imported here
    running: dict[int, _Running] = {}
    quick: list[str] = []
    for spec in specs:
        before = (folder / spec.module_path).read_text()
        after = mutate_code(before, get_operator(spec.operator_name)(**spec.operator_args), spec.occurrence)
        if after is None:
            sys.exit(f"cosmic-ray could not apply {spec}.")
        if len(running) >= at_once:
            yield _ended(running, quick)
        difference = list(difflib.unified_diff(before.split("\n"), after.split("\n"), lineterm="", n=0))
        sys.stdout.flush()
        told, tell = os.pipe()
        if (child := os.fork()) == 0:
            _judge(folder, str(spec.module_path), after, arguments, _Usher(quick[-FIRST:], tell, seconds))
        os.close(tell)
        running[child] = _Running(spec, difference, told)
    while running:
        yield _ended(running, quick)


def _ended(running: dict[int, _Running], quick: list[str]) -> Tried:
    """Wait for a run, and move the test that noticed its change to the end of ``quick``."""
    child, status = os.wait()
    spec, difference, told = running.pop(child)
    if (code := os.waitstatus_to_exitcode(status)) in NOT_RUN:
        sys.exit(f"pytest could not run the tests in a fork (exit code {code}), so they cannot judge a change.")
    with os.fdopen(told) as answer:
        if test := answer.read():
            quick[:] = [*(each for each in quick if each != test), test]
    return Tried(spec, difference, noticed=status != 0)


def _judge(folder: Path, path: str, text: str, arguments: list[str], usher: "_Usher") -> NoReturn:
    """Run the tests in this fork, where the module at ``path`` has another ``text``. End with their exit code."""
    code = 1
    with contextlib.suppress(BaseException):
        for number, timer, seconds in (
            (signal.SIGPROF, signal.ITIMER_PROF, usher.seconds),
            (signal.SIGALRM, signal.ITIMER_REAL, 10 * usher.seconds),
        ):
            signal.signal(number, signal.SIG_DFL)  # ends the fork, whatever it does
            signal.setitimer(timer, seconds)
        enter(folder)
        _show(path, text)
        code = int(pytest.main(arguments, plugins=[usher]))
    os._exit(code)


class _Usher:
    """A plugin of pytest that runs some tests first, and writes the ID of the first test that fails to a pipe."""

    def __init__(self, first: list[str], tell: int, seconds: float) -> None:
        self.turns = {test: turn for turn, test in enumerate(reversed(first))}
        self.tell = tell
        self.seconds = seconds

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.sort(key=lambda item: self.turns.get(item.nodeid, FIRST))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and self.tell >= 0:
            os.write(self.tell, report.nodeid.encode())
            self.tell = -1


def _show(path: str, text: str) -> None:
    """Let the import system compile ``text`` for the module at ``path``."""
    compiled = SourceFileLoader.get_code

    def get_code(loader: SourceFileLoader, name: str) -> object:
        if loader.path.endswith(path):
            return compile(text, loader.path, "exec")
        return compiled(loader, name)

    SourceFileLoader.get_code = get_code
