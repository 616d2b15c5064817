"""A copy of the core and its tests that can be broken: the working tree is not touched, and Django is not needed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

__all__ = [
    "FEW",
    "LAWS",
    "MANY",
    "ROOT",
    "command",
    "environment",
    "fill",
    "fill_with_all",
    "laws_hold",
    "try_examples",
]

ROOT = Path(__file__).parents[2]
LAWS = (
    "tests/core/test_law_examples.py",
    "tests/core/test_together.py",
    "tests/core/test_time.py",
    "tests/core/test_cancel.py",
    "tests/core/test_equivalence.py",
    "tests/core/test_laws.py",
)
FEW, MANY = 10, 100
"""Examples per law: most faults show in a few of some law, long before many of the first laws have been tried."""
CONFTEST = """
import hypothesis
phases = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
hypothesis.settings.register_profile("planted", {settings}, phases=phases)
hypothesis.settings.load_profile("planted")
"""


def fill(folder: Path, examples: int = MANY) -> None:
    """Copy the core and its tests into ``folder``. Hypothesis tries this number of ``examples`` there."""
    for part in ("sagaflow/core", "tests/core"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "sagaflow" / "__init__.py").touch()
    (folder / "tests" / "__init__.py").touch()
    (folder / "empty.ini").write_text("[pytest]\n")
    try_examples(folder, examples)


WHOLE = (
    "config",
    "designer",
    "docs",
    "examples",
    "sagaflow",
    "templates",
    "tests",
    "conftest.py",
    "manage.py",
    "pyproject.toml",
)


def fill_with_all(folder: Path) -> None:
    """Copy all our code and its tests into ``folder``."""
    folder.mkdir()
    for name in WHOLE:
        put = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        put(ROOT / name, folder / name)


def try_examples(folder: Path, examples: int) -> None:
    """Let Hypothesis try this number of ``examples`` in ``folder`` from now on."""
    settings = f"deadline=None, database=None, max_examples={examples}"
    (folder / "conftest.py").write_text(CONFTEST.format(settings=settings))


def command(folder: Path, tests: tuple[str, ...]) -> list[str]:
    """The command that runs ``tests`` in ``folder`` and stops at the first failure."""
    run = [sys.executable, "-m", "pytest", *tests, "-x", "-q", "-p", "no:django", "-p", "no:cacheprovider"]
    return [*run, "--hypothesis-seed=0", "-c", str(folder / "empty.ini"), "--rootdir", str(folder)]


def environment(folder: Path) -> dict[str, str]:
    """The environment in which the core is the one in ``folder``."""
    return {**os.environ, "PYTHONPATH": str(folder)}


def laws_hold(folder: Path, tests: tuple[str, ...] = LAWS) -> subprocess.CompletedProcess[str]:
    """Run the law tests, or others, against the core in ``folder``."""
    return subprocess.run(
        command(folder, tests),
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        check=False,
        timeout=800,
    )
