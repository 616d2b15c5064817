"""Try the changes of a module in forks of one process: pytest and the libraries are imported once, not once per change.

A fork sees the changed text instead of the file, so nothing on disk is changed, and several can run at once.
"""

import contextlib
import difflib
import gc
import importlib
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

__all__ = ["Tried", "tried"]

OURS = ("sagaflow", "tests", "conftest")


class Tried(NamedTuple):
    """A change that was tried: its place, its unified difference, and whether a test failed."""

    spec: MutationSpec
    difference: list[str]
    noticed: bool


def tried(
    folder: Path, specs: Iterable[MutationSpec], arguments: list[str], *, seconds: float, at_once: int = 2
) -> Iterator[Tried]:
    """Run pytest with ``arguments`` in ``folder`` once for each change, and say which changes a test noticed.

    A run that takes more than ``seconds`` counts as noticed: an endless loop shows itself to everyone.
    """
    _import_what_tests_need(folder, arguments)
    gc.freeze()  # no fork has to look through what was imported here
    running: dict[int, tuple[MutationSpec, list[str]]] = {}
    for spec in specs:
        before = (folder / spec.module_path).read_text()
        after = mutate_code(before, get_operator(spec.operator_name)(**spec.operator_args), spec.occurrence)
        if after is None:
            sys.exit(f"cosmic-ray could not apply {spec}.")
        if len(running) >= at_once:
            yield _ended(running)
        difference = list(difflib.unified_diff(before.split("\n"), after.split("\n"), lineterm="", n=0))
        sys.stdout.flush()
        if (child := os.fork()) == 0:
            _judge(folder, str(spec.module_path), after, arguments, seconds)
        running[child] = spec, difference
    while running:
        yield _ended(running)


def _import_what_tests_need(folder: Path, arguments: list[str]) -> None:
    """Import the libraries of the tests here, by collecting the tests once, so that no fork has to."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        known = set(sys.modules)
        with contextlib.suppress(BaseException):
            _enter(folder)
            pytest.main([*arguments, "--collect-only"])
        os.write(writing, " ".join(set(sys.modules) - known).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as names:
        for name in names.read().split():
            if name.partition(".")[0] not in OURS:
                with contextlib.suppress(ImportError):
                    importlib.import_module(name)
    os.wait()


def _ended(running: dict[int, tuple[MutationSpec, list[str]]]) -> Tried:
    child, status = os.wait()
    return Tried(*running.pop(child), noticed=status != 0)


def _judge(folder: Path, path: str, text: str, arguments: list[str], seconds: float) -> NoReturn:
    """Run the tests in this fork, where the module at ``path`` has another ``text``. End with their exit code."""
    code = 1
    with contextlib.suppress(BaseException):
        signal.signal(signal.SIGALRM, signal.SIG_DFL)  # ends the fork, whatever it does
        signal.setitimer(signal.ITIMER_REAL, seconds)
        _enter(folder)
        _show(path, text)
        code = int(pytest.main(arguments))
    os._exit(code)


def _enter(folder: Path) -> None:
    """Leave the working tree: import our modules from ``folder``, and show no output."""
    sys.stdout = sys.stderr = nowhere = open(os.devnull, "w")  # noqa: PTH123, SIM115  (open until the fork ends)
    for stream in (1, 2):
        os.dup2(nowhere.fileno(), stream)
    os.chdir(folder)
    sys.path[:] = [str(folder), *(each for each in sys.path if not (Path(each or ".") / "sagaflow").exists())]
    for name in [name for name in sys.modules if name.partition(".")[0] in OURS]:
        del sys.modules[name]


def _show(path: str, text: str) -> None:
    """Let the import system compile ``text`` for the module at ``path``."""
    compiled = SourceFileLoader.get_code

    def get_code(loader: SourceFileLoader, name: str) -> object:
        if loader.path.endswith(path):
            return compile(text, loader.path, "exec")
        return compiled(loader, name)

    SourceFileLoader.get_code = get_code
