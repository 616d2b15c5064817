"""The groups of tests: each test is in one by its mark, or by its folder. A stage of `make test` runs one group.

The mark `one_database` says that a test would find the same over any database: it is about texts, pages, answers, roles
or processes. CI runs it over SQLite only, where it takes less time. The tests of some folders have it, except those of
files with statements of their own: all their statements, and more, are executed by tests that run over both databases.
A test that asks for no database gets the mark `no_database`: CI runs it with those over PostgreSQL, which try all
examples of a property.

A stage does not import the files that cannot have a test of its group, because to collect all takes longer than some
stages. A file can have one if its folder is of the group, or if its text gives the mark. So only test files give marks.
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MARKS = {
    "tests/core": ["quick"],
    "tests/config": ["quick"],
    "tests/flowchart": ["quick"],
    "tests/servers": ["servers"],
    "tests/faults": ["servers", "faults"],
    "tests/browser": ["browser"],
}
ONE_DATABASE = {
    "tests/api": {"access", "acts", "fuzz", "second_person"},
    "tests/cli": {"runs", "verify"},
    "tests/live": {"access"},
    "tests/pages": {
        "approvals",
        "bulk",
        "completion",
        "directions",
        "lists",
        "observers",
        "repair",
        "run_window",
        "scopes",
        "second_person",
        "start",
        "subscribers",
        "views",
    },
}
"""Folders about what users see → their files with statements of their own, or with properties: those run over both."""
GROUPS = {"quick", "db", "servers", "browser"}
STAGES = GROUPS | {"faults"}
DATABASE = {"db", "transactional_db"}
"""The fixtures with which a test asks for the database; the other way is the mark `django_db`."""
PATIENCE = 300
"""Seconds for a test that starts its own processes, which is slow on a busy machine."""


def marks_of(path: Path) -> list[str]:
    """Return the marks of the folder. Folders that are not listed hold database tests."""
    return MARKS.get("/".join(path.relative_to(ROOT).parts[:2]), ["db"])


def is_about_one_database(path: Path) -> bool:
    """Return True if the tests of this file would find the same over any database."""
    apart = ONE_DATABASE.get(str(path.parent.relative_to(ROOT)))
    return apart is not None and path.stem.removeprefix("test_") not in apart


def may_have(path: Path, mark: str) -> bool:
    """Return True if a test of this file can have the mark."""
    return mark in marks_of(path) or f"mark.{mark}" in path.read_text()


def wanted(expression: str) -> str | None:
    """Return the mark that every test of a stage has: the first word of `-m`, if nothing widens it."""
    found = re.fullmatch(r"(\w+)( and not \w+)?", expression)
    return found[1] if found else None


def asks_for_database(item: pytest.Item) -> bool:
    """Return True if pytest-django opens the database for this test."""
    return item.get_closest_marker("django_db") is not None or bool(DATABASE & set(getattr(item, "fixturenames", ())))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Pass by the files without a test of the stage, unless the command names them.

    Folders are entered in any case: some tests are about all sagas that the process knows, also those of a conftest.
    """
    mark = wanted(config.option.markexpr)
    if mark not in STAGES or not collection_path.match("test_*.py"):
        return None
    if any(collection_path == Path(argument.split("::")[0]).resolve() for argument in config.args):
        return None
    return None if may_have(collection_path, mark) else True


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give a test without a group mark the marks of its folder. A stage that begins with the longest ends early."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
    for item in items:
        if not GROUPS & {mark.name for mark in item.iter_markers()}:
            for mark in marks_of(item.path):
                item.add_marker(mark)
        if is_about_one_database(item.path):
            item.add_marker("one_database")
        elif not asks_for_database(item) and not item.get_closest_marker("one_database"):
            item.add_marker("no_database")
        slow = item.get_closest_marker("servers") or item.get_closest_marker("browser")
        if slow and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(PATIENCE))
