"""Turns a database URL into a Django database with the options that the laws of the engine need.

SQLite: IMMEDIATE transactions, because a read that later becomes a write fails under concurrency otherwise, and
`synchronous = FULL`, because in WAL mode NORMAL may forget the last commits when the power goes, and an accepted start
is never lost (law L1). PostgreSQL: binding and prepared statements on the server, which halves its work per statement,
and a pool, because under ASGI a connection of one request's thread is of no use to the next.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import dj_database_url

from config.env import BadEnvironment, Environment

RULE = "a sqlite:/// URL with the path of a file or a postgres:// URL with the name of a database"
EXAMPLE = "postgres://sagaflow:password@localhost:5432/sagaflow"
ENGINES = ("django.db.backends.sqlite3", "django.db.backends.postgresql")
PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON"


def from_url(environment: Environment, variable: str, default: str) -> dict[str, Any]:
    """The entry for `DATABASES` that the variable (or the default) describes."""
    url = environment.text(variable, default)
    try:
        database: dict[str, Any] = dict(dj_database_url.parse(url))
    except (ValueError, KeyError) as error:
        raise BadEnvironment(variable, url, RULE, EXAMPLE) from error
    if database["ENGINE"] not in ENGINES or database["NAME"] in ("", ":memory:"):
        raise BadEnvironment(variable, url, RULE, EXAMPLE)
    if database["ENGINE"] == ENGINES[0] and not Path(database["NAME"]).parent.is_dir():
        rule = "the path of a file in a directory that exists"
        raise BadEnvironment(variable, url, rule, "sqlite:////srv/sagaflow.sqlite3")
    options = database.get("OPTIONS", {})
    if database["ENGINE"] == ENGINES[0]:
        _private(Path(database["NAME"]))
    complete = _sqlite if database["ENGINE"] == ENGINES[0] else _postgresql
    return complete(environment, database | {"OPTIONS": options})


def _private(path: Path) -> None:
    """Create a file that does not exist yet for its owner alone; SQLite gives its other files the same mode."""
    with suppress(OSError):  # it exists, or cannot be written: then the database says so
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _sqlite(_: Environment, database: dict[str, Any]) -> dict[str, Any]:
    options = {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": PRAGMAS}
    return database | {"OPTIONS": options | database["OPTIONS"]}


def _postgresql(environment: Environment, database: dict[str, Any]) -> dict[str, Any]:
    pooler = environment.flag("DATABASE_TRANSACTION_POOLER", default=False)
    size = environment.integer("DATABASE_POOL_SIZE", 20, least=1, most=1000)
    options = {
        "server_side_binding": True,
        "prepare_threshold": None if pooler else 5,
        "pool": {"min_size": 0, "max_size": size, "timeout": 10},
    }
    return database | {
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": pooler,
        "OPTIONS": options | database["OPTIONS"],
    }
