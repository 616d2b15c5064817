"""What every test shares: marks by folder, databases in a temporary folder, and the private servers."""

import os
from pathlib import Path

import hypothesis
import pytest
from django.db import connections

from sagaflow import counting, names, registry
from sagaflow.core import work

pytest_plugins = ["tests.servers.fixtures"]

# Time says nothing on a machine that others use as well; a failure prints how to repeat it.
hypothesis.settings.register_profile("house", deadline=None, print_blob=True)
# A fifth of the examples, others each time: CI tries the same ones every time, so what it does not know is found here.
# A failure is kept in .hypothesis and tried first. `--hypothesis-profile=house` tries them all.
hypothesis.settings.register_profile("quick", hypothesis.settings.get_profile("house"), max_examples=20)
hypothesis.settings.load_profile("house" if os.environ.get("CI") else "quick")

ROOT = Path(__file__).parent
MARKS = {
    "tests/core": ["quick"],
    "tests/config": ["quick"],
    "tests/flowchart": ["quick"],
    "tests/servers": ["servers"],
    "tests/faults": ["servers", "faults"],
    "tests/browser": ["browser"],
}
GROUPS = {"quick", "db", "servers", "browser"}
PATIENCE = 300
"""Seconds for a test that starts processes of its own: on a busy machine each takes its time."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that bears no mark of a group gets those of its folder; the folders not listed hold database tests."""
    for item in items:
        if not GROUPS & {mark.name for mark in item.iter_markers()}:
            folder = "/".join(item.path.relative_to(ROOT).parts[:2])
            for mark in MARKS.get(folder, ["db"]):
                item.add_marker(mark)
        slow = item.get_closest_marker("servers") or item.get_closest_marker("browser")
        if slow and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(PATIENCE))


@pytest.fixture(autouse=True)
def _warnings_are_new() -> None:
    """What one test was warned of says nothing to the next one."""
    counting.forget()


@pytest.fixture
def _sagas_that_can_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without those that other tests of this process registered and that lack an action: `plan` complains of them."""
    for home, name in ((registry, "_sagas"), (registry, "_actions"), (work, "KINDS")):
        monkeypatch.setattr(home, name, dict(getattr(home, name)))
    while broken := names.unknown(registry.sagas(), names.here()):  # without a sub-saga, its parent cannot run either
        for saga, _ in broken:
            registry._sagas.pop(saga.name, None)  # noqa: SLF001


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,  # noqa: ARG001  (wanted for its effect)
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """SQLite is tested as a file, because locks between threads and processes are part of what is promised."""
    folder = tmp_path_factory.mktemp("databases")
    for alias in connections:
        if connections[alias].vendor == "sqlite":
            connections[alias].settings_dict["TEST"]["NAME"] = str(folder / f"{alias}.sqlite3")
