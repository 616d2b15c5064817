"""Empties the databases after a test that commits. What `migrate` put into them stays, unless the test changed it.

Django's `flush` also deletes the content types and the permissions and creates them again, which took three quarters of
its time. On PostgreSQL it truncates every table, and each costs new files, although most of them are empty.
"""

from typing import Any
from unittest.mock import patch

import pytest
from django.core.management import call_command
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import TransactionTestCase

from tests.roles import the_owner

KEPT = ("django_content_type", "auth_permission")
"""The tables with the rows that `migrate` makes, the referenced one first."""

djangos_own = TransactionTestCase._fixture_teardown
_migrated: dict[str, Any] = {}
"""Alias → the rows of these tables after Django's flush."""
_thorough = False


def pytest_configure() -> None:
    TransactionTestCase._fixture_teardown = empty


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    global _thorough  # noqa: PLW0603 - the test case of pytest-django knows nothing of the test that runs
    _thorough = item.get_closest_marker("whole_flush") is not None


def empty(case: TransactionTestCase) -> None:
    """Take the place of the end of a test case. Django's own end restores what is kept, and tests of it are marked."""
    aliases = sorted(case._databases_names(include_mirrors=False))
    with the_owner(*aliases):
        _empty(case, aliases)


def _empty(case: TransactionTestCase, aliases: list[str]) -> None:
    if _thorough or any(kept_rows(connections[alias]) != _migrated.get(alias) for alias in aliases):
        djangos_own(case)
        _migrated.update({alias: kept_rows(connections[alias]) for alias in aliases})
        return
    with patch("django.core.management.commands.flush.sql_flush", deletions):
        for alias in aliases:
            call_command("flush", database=alias, interactive=False, verbosity=0, inhibit_post_migrate=True)


def kept_rows(connection: BaseDatabaseWrapper) -> list[list[tuple[Any, ...]]]:
    with connection.cursor() as cursor:
        found = []
        for table in KEPT:
            cursor.execute(f"SELECT * FROM {table} ORDER BY id")
            found.append(cursor.fetchall())
        return found


def deletions(_style: object, connection: BaseDatabaseWrapper, **_options: object) -> list[str]:
    """Return the statements that empty the tables with rows. Foreign keys are checked at the end of the transaction."""
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    tables = [connection.ops.quote_name(name) for name in names if name not in KEPT]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in tables))
        statements = [f"DELETE FROM {name}" for (name,) in cursor.fetchall()]
    # The triggers return in the same transaction, which PostgreSQL refuses while a row is still to be checked.
    return [*statements, "SET CONSTRAINTS ALL IMMEDIATE"] if connection.vendor == "postgresql" else statements
