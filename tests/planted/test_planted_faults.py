"""The laws detect faults: each planted fault makes a law test fail, and that test passes in the unchanged copy."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.planted.copying import FEW, LAWS, MANY, command, fill, fill_with_all, try_examples
from tests.planted.designer_faults import DESIGNER
from tests.planted.faults import AROUND, FAULTS, Fault
from tests.planted.workshop import Ran, Workshop

URLS = {"DATABASE_URL": "default", "PARTICIPANT_DATABASE_URL": "participant"}
"""The variable of each database → its alias."""

pytestmark = [pytest.mark.servers, pytest.mark.timeout(900)]
"""All law tests run again for some of the faults: this takes seconds, or minutes on a busy machine."""


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """A copy of the core and its law tests in which faults are planted."""
    folder = tmp_path_factory.mktemp("core") / "copy"
    fill(folder)
    files = sorted({test.partition("::")[0] for fault in FAULTS for test in fault.tests or LAWS})
    with Workshop(folder, command(folder, tuple(files))[3:]) as workshop:
        yield workshop


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """A copy of all our code in which faults are planted, with migrated databases of SQLite."""
    folder = tmp_path_factory.mktemp("whole") / "copy"
    fill_with_all(folder)
    migrate(folder)
    files = sorted({test.partition("::")[0] for fault in (*AROUND, *DESIGNER) for test in fault.tests})
    with Workshop(folder, arguments(tuple(files))) as workshop:
        yield workshop


def migrate(folder: Path) -> None:
    """Make the databases that the tests in ``folder`` copy: to migrate takes longer than most of them."""
    for alias in ("default", "participant"):
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity=0", f"--database={alias}"],
            cwd=folder,
            env={
                **os.environ,
                "PYTHONPATH": str(folder),
                **{url: f"sqlite:///{folder.with_name(each)}.sqlite3" for url, each in URLS.items()},
            },
            check=True,
        )


def arguments(tests: tuple[str, ...]) -> list[str]:
    return [*tests, "-x", "-q", "-p", "no:cacheprovider", "--assert=plain", "--hypothesis-profile=planted"]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.replace(" ", "-"))
def test_the_laws_catch(fault: Fault, core: Workshop) -> None:
    def run(tests: tuple[str, ...]) -> Ran:
        return core.run(command(core.folder, tests)[3:])

    for examples in (FEW, MANY):
        try_examples(core.folder, examples)
        with core.planted(f"sagaflow/core/{fault.file}", fault.right, fault.wrong):
            ran = run(fault.tests or LAWS)
        if ran.noticed:
            break
    assert_caught_by_that_alone(ran, run, examples, core)


@pytest.mark.parametrize("fault", AROUND, ids=lambda fault: fault.name.replace(" ", "-"))
def test_the_tests_around_the_core_catch(fault: Fault, whole: Workshop, request: pytest.FixtureRequest) -> None:
    assert_caught(fault, f"sagaflow/{fault.file}", whole, request)


@pytest.mark.parametrize("fault", DESIGNER, ids=lambda fault: fault.name.replace(" ", "-"))
def test_the_tests_of_the_designer_catch(fault: Fault, whole: Workshop, request: pytest.FixtureRequest) -> None:
    assert_caught(fault, fault.file, whole, request)


def assert_caught(fault: Fault, file: str, whole: Workshop, request: pytest.FixtureRequest) -> None:
    """Plant a fault in a copy of the project, and run its tests there."""
    if fault.on_postgresql:
        server = request.getfixturevalue("postgresql")
        environment = {url: server.url_of(name) for url, name in URLS.items()}
    else:
        environment = {"MIGRATED": str(whole.folder.parent)}

    def run(tests: tuple[str, ...]) -> Ran:
        return whole.run([*arguments(tests), "--reuse-db"], environment)

    with whole.planted(file, fault.right, fault.wrong):
        ran = run(fault.tests)
    assert_caught_by_that_alone(ran, run, 0, whole)


def assert_caught_by_that_alone(ran: Ran, run: Callable[[tuple[str, ...]], Ran], examples: int, at: Workshop) -> None:
    """Assert that a test noticed the fault, and that this test passes without it."""
    assert ran.noticed, f"no test noticed:\n{ran.output[-3000:]}"
    if (ran.failed, examples) not in at.passed:
        unharmed = run((ran.failed,))
        assert unharmed.code == 0, f"it fails without the fault:\n{unharmed.output[-3000:]}"
        at.passed.add((ran.failed, examples))
