"""Triggers of the database refuse every change of the history, which is append-only.

SQLite drops triggers when a migration rebuilds their table, so that they are created again after every ``migrate``.
"""

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.signals import post_migrate

from sagaflow.models.anchor import Anchor, AnchorItem
from sagaflow.models.history import JournalEntry, OperatorAct, RollbackRecord

__all__ = ["CONFIGURED", "VENDORS", "install", "missing", "remove", "wanted"]

KEPT = (JournalEntry, RollbackRecord, OperatorAct, Anchor, AnchorItem)
TABLES = tuple(model._meta.db_table for model in KEPT)  # noqa: SLF001 - public by usage
MESSAGE = "is append-only: what has happened is not changed. Record a new act instead."
FUNCTION = f"""
CREATE OR REPLACE FUNCTION sagaflow_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'The table % {MESSAGE}', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$
"""
PRESENT = {
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'",
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
}
VENDORS = frozenset(PRESENT)
"""The vendors of databases that Sagaflow supports."""
CONFIGURED = {alias: str(database["NAME"]) for alias, database in connections.settings.items()}
"""Alias → name of the database in the settings. A test runner changes the names only after models are loaded."""


def install(connection: BaseDatabaseWrapper) -> None:
    """Create the missing triggers of the tables that exist."""
    if not (lacking := missing(connection)):
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(FUNCTION)
        for name, statement in wanted(connection).items():
            if name in lacking:
                cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop the triggers, so that a test can empty its database. ``install`` or ``migrate`` creates them again."""
    with connection.cursor() as cursor:
        for name, statement in wanted(connection).items():
            table = f" ON {statement.split(' ON ')[1].split()[0]}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{table}")


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the names of the triggers that are missing: none for a database without Sagaflow's tables."""
    if not (named := wanted(connection)):
        return []
    with connection.cursor() as cursor:
        cursor.execute(PRESENT[connection.vendor])
        present = {name for (name,) in cursor.fetchall()}
    return [name for name in named if name not in present]


def wanted(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """Return name → statement for the tables of this database; none where Sagaflow cannot run (sagaflow.E006)."""
    if connection.vendor not in VENDORS:
        return {}
    existing = set(connection.introspection.table_names())
    make = _postgresql if connection.vendor == "postgresql" else _sqlite
    return {name: statement for table in TABLES if table in existing for name, statement in make(table).items()}


def _postgresql(table: str) -> dict[str, str]:
    # For each row: a statement that changes none is harmless, and `loaddata` sends one before each row that it inserts.
    when = {
        f"{table}_no_change": f"BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW",
        f"{table}_no_truncate": f"BEFORE TRUNCATE ON {table} FOR EACH STATEMENT",
    }
    return {
        name: f"CREATE OR REPLACE TRIGGER {name} {event} EXECUTE FUNCTION sagaflow_append_only()"
        for name, event in when.items()
    }


def _sqlite(table: str) -> dict[str, str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, 'The table {table} {MESSAGE}'); END"
    return {
        f"{table}_no_{verb.lower()}": f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} {refuse}"
        for verb in ("UPDATE", "DELETE")
    }


def _after_migrate(*, using: str, **_: object) -> None:
    install(connections[using])


post_migrate.connect(_after_migrate, dispatch_uid="sagaflow.triggers")
