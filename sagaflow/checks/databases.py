"""Checks of the databases: their kind, the routers, transactions, and the triggers that protect the history."""

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DEFAULT_DB_ALIAS, connections, router
from django.db.models import Model

__all__ = ["databases_are_supported", "journal_is_append_only", "models_are_in_default", "sqlite_begins_immediately"]

SQLITE = "django.db.backends.sqlite3"


@register("sagaflow")
def sqlite_begins_immediately(**_: object) -> list[CheckMessage]:
    """sagaflow.E002: a deferred transaction that reads and then writes fails if another one has written meanwhile."""
    of_sagaflow = import_module("sagaflow.registry").databases()
    return [
        Error(
            f'The SQLite database "{alias}" uses deferred transactions; concurrent runs would fail as locked.',
            hint=f'Set DATABASES["{alias}"]["OPTIONS"]["transaction_mode"] to "IMMEDIATE".',
            obj=f"DATABASES[{alias!r}]",
            id="sagaflow.E002",
        )
        for alias, database in connections.settings.items()
        if alias in of_sagaflow
        and database["ENGINE"] == SQLITE
        and database.get("OPTIONS", {}).get("transaction_mode") != "IMMEDIATE"
    ]


@register("sagaflow")
def databases_are_supported(**_: object) -> list[CheckMessage]:
    """sagaflow.E006: runs or barriers are in a database whose locks and triggers Sagaflow does not support."""
    supported = import_module("sagaflow.models.triggers").VENDORS
    return [
        Error(
            f'Sagaflow has tables in the database "{alias}", which is {connections[alias].display_name}; '
            "it supports PostgreSQL and SQLite only.",
            hint=f'Use PostgreSQL or SQLite in DATABASES["{alias}"]. Other databases of the project may be of any kind '
            "under other aliases.",
            obj=f"DATABASES[{alias!r}]",
            id="sagaflow.E006",
        )
        for alias in import_module("sagaflow.registry").databases()
        if connections[alias].vendor not in supported
    ]


@register("sagaflow")
def models_are_in_default(**_: object) -> list[CheckMessage]:
    """sagaflow.E009: a router sends runs, or the users that they name, to another database than ``default``.

    Sagaflow changes a run, and local participants write, in one transaction of one database.
    """
    ours = [f"sagaflow.{model.__name__}" for model in apps.get_app_config("sagaflow").get_models()]
    errors: list[CheckMessage] = [
        Error(
            f'A database router sends {name} to "{alias}", but Sagaflow works in the database "default".',
            hint='Let the routers in DATABASE_ROUTERS return None or "default" for this model, for reads and writes; '
            "participants may have separate databases.",
            obj=f"DATABASE_ROUTERS = {settings.DATABASE_ROUTERS!r}",
            id="sagaflow.E009",
        )
        for name in (*ours, settings.AUTH_USER_MODEL, "auth.Group")
        if (alias := _elsewhere(apps.get_model(name)))
    ]
    return errors + [
        Error(
            f'A database router keeps sagaflow.Barrier out of "{alias}", the database of an action, which needs it.',
            hint=f'Let allow_migrate of the routers in DATABASE_ROUTERS return None or True for it in "{alias}".',
            obj=f"DATABASE_ROUTERS = {settings.DATABASE_ROUTERS!r}",
            id="sagaflow.E009",
        )
        for alias in import_module("sagaflow.registry").databases()
        if alias != DEFAULT_DB_ALIAS and not router.allow_migrate_model(alias, apps.get_model("sagaflow.Barrier"))
    ]


def _elsewhere(model: type[Model]) -> str:
    """Return the other alias to which a router sends the model, ``nowhere``, or an empty text for ``default``."""
    for alias in (router.db_for_write(model), router.db_for_read(model)):
        if alias != DEFAULT_DB_ALIAS:
            return alias
    return "" if router.allow_migrate_model(DEFAULT_DB_ALIAS, model) else "nowhere"


@register(Tags.database)
def journal_is_append_only(databases: Sequence[str] | None = None, **_: object) -> list[CheckMessage]:
    """sagaflow.E003: the triggers that refuse changes of the journal are missing, disabled or not what they were.

    A rebuild of a table drops them. Someone with rights on the tables can disable or replace them.
    """
    if not (find_spec("sagaflow.models") and find_spec("sagaflow.models.triggers")):
        return []
    missing = import_module("sagaflow.models.triggers").missing
    return [
        Error(
            f'The database "{alias}" lacks the trigger {trigger}, or has it disabled or with another body, so '
            "recorded history can be changed.",
            hint=f"Run `manage.py migrate --database {alias}`: it creates the triggers again. If nothing rebuilt the "
            "table, find out who changed them, and run `sagaflow verify`.",
            id="sagaflow.E003",
        )
        for alias in databases or ()
        for trigger in missing(connections[alias])
    ]
