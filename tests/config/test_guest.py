"""Sagaflow as a guest: databases of the project that hold none of its tables are not touched, whatever their kind."""

import pytest
from django.db import connections
from django.db.backends.sqlite3.base import DatabaseWrapper

from sagaflow import checks, registry
from sagaflow.models import triggers
from sagaflow.processes import embedded

TABLE = triggers.TABLES[0]


class Foreign(DatabaseWrapper):
    """A database that Sagaflow does not know: SQLite under another name."""

    vendor = "mysql"
    display_name = "MySQL"


def table_names(connection) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return [name for (name,) in cursor.fetchall()]


@pytest.fixture
def added(monkeypatch, django_db_blocker):
    """Add a database in memory to those of the project, of Django's kind for SQLite or of an unknown one."""
    opened = []

    def add(alias, kind=DatabaseWrapper):
        sqlite = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:", "OPTIONS": {}}
        entry = connections.settings["default"] | sqlite
        monkeypatch.setitem(connections.settings, alias, entry)
        connections[alias] = kind(entry, alias)
        opened.append((alias, connections[alias]))
        return connections[alias]

    with django_db_blocker.unblock():
        yield add
        for alias, connection in opened:
            DatabaseWrapper._close(connection)
            del connections[alias]


def naming(alias):
    return registry.standing_in(registry.Action(name="guest.write", does=print, database=alias))


def test_a_database_of_another_vendor_is_migrated_and_checked_without_a_word_of_ours(added):
    legacy = added("legacy", Foreign)
    triggers._after_migrate(using="legacy")
    assert triggers.missing(legacy) == []
    assert checks.databases.journal_is_append_only(databases=["legacy"]) == []
    assert checks.databases.databases_are_supported() == []
    assert table_names(legacy) == []


def test_tables_of_ours_in_a_database_of_another_vendor_are_an_error_with_a_remedy(added):
    added("legacy", Foreign)
    with naming("legacy"):
        [found] = checks.databases.databases_are_supported()
    assert found.id == "sagaflow.E006"
    assert 'in the database "legacy", which is MySQL; it supports PostgreSQL and SQLite only' in found.msg
    assert 'DATABASES["legacy"]' in found.hint


def test_handlers_do_not_stumble_over_tables_of_ours_in_a_foreign_database(added):
    legacy = added("legacy", Foreign)
    with legacy.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {TABLE} (id integer)")
    triggers.install(legacy)
    triggers.remove(legacy)
    assert triggers.missing(legacy) == []


@pytest.mark.db
@pytest.mark.db
def test_up_migrates_what_actions_name_and_leaves_the_databases_of_others_alone(added, django_db_setup):
    legacy, ledger = added("legacy"), added("ledger")
    with naming("ledger"):
        assert embedded.migrate() == ["ledger"]
    assert TABLE in table_names(ledger)
    assert table_names(legacy) == []


def test_an_alias_that_the_settings_do_not_have_is_not_among_the_databases():
    with naming("nowhere"):
        assert "nowhere" not in registry.databases()


class Router:
    """A router that keeps Sagaflow out of one database."""

    def allow_migrate(self, db, app_label, **_):
        return False if (db, app_label) == ("ledger", "sagaflow") else None


def test_a_router_that_keeps_the_barrier_out_of_the_database_of_an_action_is_an_error(settings, added):
    added("ledger")
    settings.DATABASE_ROUTERS = [Router()]
    assert checks.databases.models_are_in_default() == []
    with naming("ledger"):
        [found] = checks.databases.models_are_in_default()
    assert found.id == "sagaflow.E009"
    assert 'keeps sagaflow.Barrier out of "ledger"' in found.msg
    assert "allow_migrate" in found.hint
