"""Triggers of the database refuse every change of the history, which is append-only.

SQLite drops triggers when a migration rebuilds their table, so that they are created again after every ``migrate``.
"""

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.models import UniqueConstraint
from django.db.models.signals import post_migrate

from sagaflow.models.act_request import ActAnswer, ActRequest
from sagaflow.models.anchor import Anchor, AnchorItem
from sagaflow.models.history import JournalEntry, OperatorAct, RollbackRecord

__all__ = ["CONFIGURED", "VENDORS", "install", "missing", "remove", "wanted"]

KEPT = (JournalEntry, RollbackRecord, OperatorAct, ActRequest, ActAnswer, Anchor, AnchorItem)
TABLES = tuple(model._meta.db_table for model in KEPT)  # noqa: SLF001 - public by usage
MESSAGE = "is append-only: what has happened is not changed. Record a new act instead."
BODY = f"""
BEGIN RAISE EXCEPTION 'The table % {MESSAGE}', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END """
FUNCTION = f"CREATE OR REPLACE FUNCTION sagaflow_append_only() RETURNS trigger LANGUAGE plpgsql AS $${BODY}$$"
ROW, BEFORE, DELETE, UPDATE, TRUNCATE = 1, 2, 8, 16, 32
"""The bits of the column ``tgtype`` of PostgreSQL."""
PRESENT = {
    "postgresql": (
        "SELECT t.tgname, c.relname, t.tgtype::int, p.prosrc FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "JOIN pg_proc p ON p.oid = t.tgfoid WHERE NOT t.tgisinternal AND pg_table_is_visible(c.oid) "
        "AND t.tgenabled IN ('O', 'A') AND t.tgqual IS NULL AND t.tgattr = ''"
    ),
    "sqlite": "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'",
}
"""The triggers that fire: the name, the table, and what they do. A disabled trigger, or one for some rows, is not."""
VENDORS = frozenset(PRESENT)
"""The vendors of databases that Sagaflow supports."""
CONFIGURED = {alias: str(database["NAME"]) for alias, database in connections.settings.items()}
"""Alias → name of the database in the settings. A test runner changes the names only after models are loaded."""


def install(connection: BaseDatabaseWrapper) -> None:
    """Create the triggers that are missing, disabled or replaced, of the tables that exist."""
    if not (lacking := missing(connection)):
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(FUNCTION)
        for name, statement in wanted(connection).items():
            if name in lacking:
                _drop(connection, cursor, name, statement)
                cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop the triggers, so that a test can empty its database. ``install`` or ``migrate`` creates them again."""
    with connection.cursor() as cursor:
        for name, statement in wanted(connection).items():
            _drop(connection, cursor, name, statement)


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the names of the triggers that are missing, disabled, on another table or replaced by something else.

    There are none for a database without Sagaflow's tables.
    """
    if not (named := wanted(connection)):
        return []
    with connection.cursor() as cursor:
        cursor.execute(PRESENT[connection.vendor])
        present = {(name, table): tuple(does) for name, table, *does in cursor.fetchall()}
    does = _does_in_postgresql if connection.vendor == "postgresql" else _does_in_sqlite
    return [
        name for name, statement in named.items() if present.get((name, _table(statement))) != does(name, statement)
    ]


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
    when = {verb.lower(): f"BEFORE {verb} ON {table}" for verb in ("UPDATE", "DELETE")}
    # INSERT OR REPLACE deletes the old row without the trigger for DELETE, unless a connection asks for it.
    known = f"SELECT 1 FROM {table} WHERE {_same(table)}"  # noqa: S608 - the names come from the models
    when["replace"] = f"BEFORE INSERT ON {table} WHEN EXISTS ({known})"
    return {f"{table}_no_{what}": f"CREATE TRIGGER {table}_no_{what} {event} {refuse}" for what, event in when.items()}


def _same(table: str) -> str:
    """Return the condition that a row has the key of the new one, or another combination that is unique."""
    meta = next(model._meta for model in KEPT if model._meta.db_table == table)  # noqa: SLF001 - public by usage
    unique = [constraint.fields for constraint in meta.constraints if isinstance(constraint, UniqueConstraint)]
    columns = {field.name: field.column for field in meta.concrete_fields}
    alone = [(field.name,) for field in meta.concrete_fields if field.unique and not field.primary_key]
    keys = [[columns[name] for name in names] for names in [(meta.pk.name,), *alone, *unique]]
    return " OR ".join(f"({' AND '.join(f'{column} = NEW.{column}' for column in key)})" for key in keys)


def _drop(connection: BaseDatabaseWrapper, cursor: CursorWrapper, name: str, statement: str) -> None:
    table = f" ON {_table(statement)}" if connection.vendor == "postgresql" else ""
    cursor.execute(f"DROP TRIGGER IF EXISTS {name}{table}")


def _table(statement: str) -> str:
    return statement.partition(" ON ")[2].partition(" ")[0]


def _does_in_postgresql(name: str, _: str) -> tuple[object, ...]:
    return (BEFORE | TRUNCATE if name.endswith("_no_truncate") else ROW | BEFORE | DELETE | UPDATE, BODY)


def _does_in_sqlite(_: str, statement: str) -> tuple[object, ...]:
    return (statement,)


def _after_migrate(*, using: str, **_: object) -> None:
    install(connections[using])


post_migrate.connect(_after_migrate, dispatch_uid="sagaflow.triggers")
