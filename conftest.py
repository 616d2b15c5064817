"""Shared by all tests: groups, databases in a temporary folder, and the private servers."""

import os
import shutil
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import override_settings
from whitenoise.middleware import WhiteNoiseMiddleware

from designer.drafts import time_limit
from sagaflow import counting, names, registry
from sagaflow.core.definition import work

pytest_plugins = ["tests.garbage", "tests.groups", "tests.roles", "tests.emptying", "tests.servers.fixtures"]

# There are no deadlines, because times mean little on a shared machine. A failure prints how to repeat it.
hypothesis.settings.register_profile("house", deadline=None, print_blob=True)
# The quick profile tries a tenth of the examples, new ones each time, so it finds failures that CI does not know.
# A failure is saved in .hypothesis and tried first. `--hypothesis-profile=house` tries all examples.
hypothesis.settings.register_profile("quick", hypothesis.settings.get_profile("house"), max_examples=10)
# A planted fault has to be noticed. To make the example smaller afterwards takes longer than to find it.
hypothesis.settings.register_profile(
    "planted", hypothesis.settings.get_profile("house"), phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate]
)
hypothesis.settings.load_profile("house" if os.environ.get("CI") else "quick")


@pytest.fixture(scope="session", autouse=True)
def _passwords_are_cheap() -> Iterator[None]:
    """Hash passwords fast: the slowness of the real hasher is Django's, and no test is about it."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(scope="session", autouse=True)
def _static_files_are_looked_for_once() -> Iterator[None]:
    """Share the list of static files: each test client has middleware of its own, which would make it again."""
    find = WhiteNoiseMiddleware.add_files_from_finders
    found: dict[str, dict[str, Any]] = {}

    def add(middleware: WhiteNoiseMiddleware) -> None:
        if middleware.static_prefix not in found:
            find(middleware)
            found[middleware.static_prefix] = dict(middleware.files)
        middleware.files.update(found[middleware.static_prefix])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", add)
        yield


@pytest.fixture(scope="session", autouse=True)
def _time_limits_count_work() -> Iterator[None]:
    """Let the limits of pages count the time of the thread: a machine that is busy with others shortens no page."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time_limit, "_clock", time.thread_time)
        yield


@pytest.fixture(autouse=True)
def _warnings_are_new() -> None:
    """Forget the warnings of the previous test."""
    counting.forget()


@pytest.fixture
def _sagas_that_can_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove sagas that other tests of this process registered without their actions, because `plan` reports them."""
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
    """Test SQLite with a file, because locks between threads and processes are part of the guarantees.

    MIGRATED names a folder with files that are migrated: with ``--reuse-db`` the tests begin with a copy of them, and
    do not ask again whether a migration is missing.
    """
    folder = tmp_path_factory.mktemp("databases")
    for alias in connections:
        if connections[alias].vendor == "postgresql":
            setattr(connections[alias].creation, "_destroy_test_db", partial(_drop, connections[alias]))  # noqa: B010
        if connections[alias].vendor == "sqlite":
            file = folder / f"{alias}.sqlite3"
            connections[alias].settings_dict["TEST"]["NAME"] = str(file)
            if migrated := os.environ.get("MIGRATED"):
                shutil.copy(Path(migrated) / file.name, file)
                connections[alias].creation.create_test_db = partial(_open, connections[alias], str(file))


def _drop(connection: BaseDatabaseWrapper, name: str, _verbosity: int) -> None:
    """Drop a database of the tests, although a thread may have left a connection to it open."""
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # of PostgreSQL
    with connection._nodb_cursor() as cursor:  # noqa: SLF001
        cursor.execute(f"DROP DATABASE {connection.ops.quote_name(name)} WITH (FORCE)")


def _open(connection: BaseDatabaseWrapper, file: str, **_options: object) -> str:
    """Take the place of the function that makes a database for the tests."""
    connection.close()
    settings.DATABASES[connection.alias]["NAME"] = connection.settings_dict["NAME"] = file
    return file
