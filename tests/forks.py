"""Forks of one process that run pytest: the libraries are imported once there, and our modules in each fork.

So a fork can run the tests against changed modules, and starts in a fraction of the time of a process.
"""

import contextlib
import importlib
import os
import sys
from pathlib import Path

import pytest

__all__ = ["enter", "import_what_tests_need"]

OURS = ("config", "conftest", "designer", "examples", "sagaflow", "tests")
NOT_SHARED = ("daphne", "twisted")
"""Libraries that open files when they are imported, which forks must not share."""


def import_what_tests_need(folder: Path, arguments: list[str]) -> None:
    """Import the libraries of the tests here, by collecting the tests once, so that no fork has to."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        known = set(sys.modules)
        with contextlib.suppress(BaseException):
            enter(folder)
            pytest.main([*arguments, "--collect-only"])
        os.write(writing, " ".join(name for name in sys.modules if name not in known).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as names:
        for name in names.read().split():
            if name.partition(".")[0] not in (*OURS, *NOT_SHARED):
                with contextlib.suppress(Exception):  # models of Django wait for settings: each fork imports them
                    importlib.import_module(name)
    os.wait()


def enter(folder: Path, output: str = os.devnull) -> None:
    """Leave the working tree: import our modules from ``folder``, and write what is printed to the file ``output``."""
    sys.stdout = sys.stderr = written = open(output, "w")  # noqa: PTH123, SIM115  (open until the fork ends)
    for stream in (1, 2):
        os.dup2(written.fileno(), stream)
    os.chdir(folder)
    sys.path[:] = [str(folder), *(each for each in sys.path if not (Path(each or ".") / "sagaflow").exists())]
    for name in [name for name in sys.modules if name.partition(".")[0] in OURS]:
        del sys.modules[name]
