"""The laws detect faults: each planted fault makes a law test fail, and the unchanged copy passes."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.planted.copying import FEW, LAWS, MANY, ROOT, fill, laws_hold, try_examples
from tests.planted.designer_faults import DESIGNER
from tests.planted.faults import AROUND, FAULTS, Fault

pytestmark = [pytest.mark.servers, pytest.mark.timeout(900)]
"""All law tests run again for each fault: this takes seconds, or minutes on a busy machine."""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the core and its law tests that can be broken."""
    fill(tmp_path)
    return tmp_path


@pytest.mark.parametrize("examples", [FEW, MANY])
def test_the_unharmed_core_keeps_the_laws(copy: Path, examples: int) -> None:
    """With a few examples too: otherwise a law that needs many would seem to catch every fault."""
    try_examples(copy, examples)
    run = laws_hold(copy)
    assert run.returncode == 0, run.stdout[-3000:]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.replace(" ", "-"))
def test_the_laws_catch(fault: Fault, copy: Path) -> None:
    broken = copy / "sagaflow" / "core" / fault.file
    text = broken.read_text()
    assert text.count(fault.right) == 1, f"{fault.file} no longer contains exactly once: {fault.right}"
    broken.write_text(text.replace(fault.right, fault.wrong))
    for examples in (FEW, MANY):
        try_examples(copy, examples)
        run = laws_hold(copy, fault.tests or LAWS)
        if run.returncode:
            break
    assert run.returncode == 1, f"no law noticed:\n{run.stdout[-2000:]}{run.stderr[-1000:]}"


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


@pytest.mark.parametrize("fault", AROUND, ids=lambda fault: fault.name.replace(" ", "-"))
def test_the_tests_around_the_core_catch(fault: Fault, tmp_path: Path) -> None:
    assert_caught(fault, "sagaflow", tmp_path)


@pytest.mark.parametrize("fault", DESIGNER, ids=lambda fault: fault.name.replace(" ", "-"))
def test_the_tests_of_the_designer_catch(fault: Fault, tmp_path: Path) -> None:
    assert_caught(fault, "", tmp_path)


def assert_caught(fault: Fault, folder: str, tmp_path: Path) -> None:
    """Plant a fault of ``folder`` in a copy of the project, and run its tests there."""
    for name in WHOLE:
        put = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        put(ROOT / name, tmp_path / name)
    broken = tmp_path / folder / fault.file
    text = broken.read_text()
    assert text.count(fault.right) == 1, f"{fault.file} no longer contains exactly once: {fault.right}"
    broken.write_text(text.replace(fault.right, fault.wrong))
    command = [
        sys.executable,
        "-m",
        "pytest",
        *fault.tests,
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        "--hypothesis-profile=planted",
    ]
    if fault.on_postgresql:
        command = [sys.executable, "-m", "tests.servers", "exec", "--postgres", "--", *command]
    run = subprocess.run(
        command,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=800,
    )
    assert run.returncode == 1, f"no test noticed:\n{run.stdout[-2000:]}{run.stderr[-1000:]}"
    assert "error" not in run.stdout.splitlines()[-1], f"it was not carried out:\n{run.stdout[-2000:]}"
