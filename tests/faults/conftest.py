"""Sites to break: embedded on SQLite, and on PostgreSQL with each broker. Their databases are migrated once."""

import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.site import Site


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    migrate(Site(folder, database=f"sqlite:///{folder}/runs.sqlite3"))
    return folder / "runs.sqlite3"


@pytest.fixture
def embedded(tmp_path, migrated_sqlite) -> Site:
    shutil.copy(migrated_sqlite, tmp_path / "runs.sqlite3")
    return Site(tmp_path, database=f"sqlite:///{tmp_path}/runs.sqlite3")


@pytest.fixture
def new_database(postgresql, tmp_path_factory) -> Iterator[Callable[[], str]]:
    """URLs of new, migrated databases."""
    names = []

    def new() -> str:
        if not hasattr(postgresql, "shop_template"):
            url = postgresql.create_database("shop_template")
            migrate(Site(tmp_path_factory.mktemp("template"), database=url))
            postgresql.shop_template = "shop_template"
        names.append(f"shop_{uuid.uuid4().hex}")
        return postgresql.create_database(names[-1], template="shop_template")

    yield new
    for name in names:
        postgresql.drop_database(name)


@pytest.fixture
def broker(request):
    """The broker whose name the test gives as a parameter."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def site(tmp_path, new_database, broker) -> Site:
    """A site on PostgreSQL and the broker."""
    return Site(tmp_path, database=new_database(), broker=broker.url)


def migrate(site: Site) -> None:
    called = site.call("manage.py", "migrate", "--run-syncdb", "--no-input", "--verbosity", "0")
    assert called.returncode == 0, called.stderr
