"""The two roles of PostgreSQL that docs/how-to/deploy.md tells users to make: tests run as the application.

The role that made the database of the tests owns its tables. What only an owner may do, such as dropping a trigger to
prove that ``verify`` finds it, a test does as ``the_owner``, or with the fixture of that name. SQLite has no roles.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest
import pytest_django
from django.db import IntegrityError, ProgrammingError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

__all__ = ["APPLICATION", "grant", "the_owner"]

APPLICATION = "sagaflow_app"
DEPLOY = Path(__file__).parents[1] / "docs/how-to/deploy.md"


def statements() -> list[str]:
    """Return the statements of the documentation, of which the first makes the role."""
    [block] = re.findall(r"```sql\n(.*?)```", DEPLOY.read_text(encoding="utf-8"), re.DOTALL)
    return [statement.strip() for statement in block.split(";") if statement.strip()]


@contextmanager
def restricted() -> Iterator[None]:
    """Inside, every connection to a PostgreSQL that was made for the tests has the role of the application.

    A database that no chosen test asks for is not made: it is still that of the settings.
    """
    from sagaflow.store import protection

    with ExitStack() as stack:
        for connection in connections.all():
            if connection.vendor == "postgresql" and not protection.is_configured(connection.alias):
                grant(connection)
                _begin_with(connection, f"-c role={APPLICATION}")
                stack.callback(_begin_with, connection, "")
        yield


def grant(connection: BaseDatabaseWrapper) -> None:
    """As the owner, give the application its rights, after ``migrate`` made tables."""
    if connection.vendor != "postgresql":
        return
    create, *grants = statements()
    with connection.cursor() as cursor:
        try:
            with transaction.atomic(using=connection.alias):
                cursor.execute(create)
        except (ProgrammingError, IntegrityError):  # another process of the tests made it, before or at this moment
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APPLICATION])
            assert cursor.fetchone()
        for grant in grants:
            cursor.execute(grant)


def _begin_with(connection: BaseDatabaseWrapper, options: str) -> None:
    """Let each new connection begin with options of PostgreSQL; Django's ``assume_role`` blocks its own pool.

    A thread that closes its connection as the owner gives it back to the pool, from where any thread may take it.
    """
    connection.settings_dict["OPTIONS"]["options"] = options
    if pool := connection.settings_dict["OPTIONS"].get("pool"):
        pool["reset"] = _as_it_began
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # its connections have the role of before


def _as_it_began(connection: psycopg.Connection) -> None:
    connection.execute("RESET ROLE")


@contextmanager
def the_owner(*aliases: str) -> Iterator[None]:
    """Inside, this thread acts as the owner of the tables (default: of the database ``default``)."""
    with ExitStack() as stack:
        for alias in aliases or ("default",):
            stack.enter_context(_owner(connections[alias]))
        yield


@contextmanager
def _owner(connection: BaseDatabaseWrapper) -> Iterator[None]:
    if _role(connection) != APPLICATION:
        yield
        return
    _execute(connection, "SET ROLE NONE")
    yield
    # After an error the transaction is undone, and the change of the role with it.
    _execute(connection, f"SET ROLE {APPLICATION}")


def _role(connection: BaseDatabaseWrapper) -> str:
    if connection.vendor != "postgresql":
        return ""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return str(cursor.fetchone()[0])


def _execute(connection: BaseDatabaseWrapper, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None,
    django_db_blocker: pytest_django.DjangoDbBlocker,
) -> Iterator[None]:
    """Let every test use PostgreSQL as the processes of a site do."""
    with ExitStack() as stack:
        with django_db_blocker.unblock():
            stack.enter_context(restricted())
        yield
        with django_db_blocker.unblock():
            stack.close()


@pytest.fixture(name="the_owner")
def _the_owner(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let the whole test act as the owner of every database that it may use."""
    mark = request.node.get_closest_marker("django_db")
    asked = mark.kwargs if mark else {"transaction": "transactional_db" in request.fixturenames}
    request.getfixturevalue("transactional_db" if asked.get("transaction") else "db")
    with the_owner(*_aliases(asked.get("databases") or ["default"])):
        yield


def _aliases(databases: Sequence[str] | str) -> list[str]:
    return list(connections) if databases == "__all__" else list(databases)
