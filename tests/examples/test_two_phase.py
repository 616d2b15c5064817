"""S3 (c): verify a customer atomically over two PostgreSQL databases, while coordinator processes are killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from examples.verification.two_phase import Databases, Resolved, VotedNo, recover, verify
from tests.servers.waiting import until

pytestmark = pytest.mark.servers

ROOT = Path(__file__).parents[2]
PENDING, VERIFIED = ("PENDING", ["C-1"]), ("VERIFIED", [])
TEMPLATE = "two_phase_template"


@pytest.fixture
def urls(postgresql, request):
    """Two migrated databases, and one customer who is pending in both."""
    if TEMPLATE not in _databases(postgresql):
        url = postgresql.create_database(TEMPLATE)
        migrate = [sys.executable, "manage.py", "migrate", "verification", "--verbosity", "0"]
        subprocess.run(migrate, cwd=ROOT, env={**os.environ, "DATABASE_URL": url}, check=True)
        with psycopg.connect(url) as connection:
            connection.execute("INSERT INTO verification_customer (number, status) VALUES ('C-1', 'PENDING')")
            connection.execute("INSERT INTO verification_pendingenrollment (customer) VALUES ('C-1')")
    names = ("two_phase_first", "two_phase_second")
    yield [postgresql.create_database(name, template=TEMPLATE) for name in names]
    for name in names:
        postgresql.drop_database(name)


@pytest.fixture
def databases(urls):
    first, second = ({"conninfo": url} for url in urls)
    return Databases(customers=first, enrollments=second)


def _databases(server):
    with psycopg.connect(server.url_of("postgres")) as connection:
        return {name for (name,) in connection.execute("SELECT datname FROM pg_database")}


def business(databases):
    """The customer's status in the first database, and the pending enrollments in the second."""
    with psycopg.connect(**databases.customers) as first, psycopg.connect(**databases.enrollments) as second:
        (status,) = first.execute("SELECT status FROM verification_customer").fetchone()
        return status, [row[0] for row in second.execute("SELECT customer FROM verification_pendingenrollment")]


def hanging(databases):
    """The prepared transactions and the decisions that remain."""
    with psycopg.connect(**databases.customers) as first:
        prepared = first.execute("SELECT count(*) FROM pg_prepared_xacts").fetchone()[0]
        return prepared + first.execute("SELECT count(*) FROM verification_commitdecision").fetchone()[0]


def test_both_databases_commit(databases):
    verify("C-1", "g-1", databases)
    assert business(databases) == VERIFIED
    assert hanging(databases) == 0


@pytest.mark.parametrize("table", ["verification_customer", "verification_pendingenrollment"])
def test_when_one_worker_votes_no_all_roll_back(databases, table):
    parameters = databases.customers if table == "verification_customer" else databases.enrollments
    with psycopg.connect(**parameters) as connection:
        connection.execute(f"DELETE FROM {table}")
    with pytest.raises(VotedNo, match="C-1"):
        verify("C-1", "g-1", databases)
    with psycopg.connect(**databases.customers) as first, psycopg.connect(**databases.enrollments) as second:
        assert first.execute("SELECT count(*) FROM verification_customer WHERE status = 'VERIFIED'").fetchone() == (0,)
        left = second.execute("SELECT count(*) FROM verification_pendingenrollment").fetchone()[0]
    assert left == (0 if table == "verification_pendingenrollment" else 1)
    assert hanging(databases) == 0


@pytest.mark.parametrize(
    ("point", "committed", "branches"),
    [
        ("one prepared", False, ["customers"]),
        ("both prepared", False, ["customers", "enrollments"]),
        ("decided", True, ["customers", "enrollments"]),
        ("one committed", True, ["enrollments"]),
    ],
)
def test_what_a_coordinator_leaves_behind_that_dies_is_found_and_resolved(databases, urls, point, committed, branches):
    die(urls, point)
    assert hanging(databases) > 0
    assert recover(databases) == tuple(Resolved("g-1", branch, committed) for branch in branches)
    assert business(databases) == (VERIFIED if committed else PENDING)
    assert hanging(databases) == 0
    assert recover(databases) == ()


def test_after_an_orphan_was_rolled_back_the_customer_can_be_verified(databases, urls):
    die(urls, "both prepared")
    recover(databases)
    verify("C-1", "g-2", databases)
    assert business(databases) == VERIFIED


def test_a_coordinator_that_lives_is_left_alone(databases):
    found = []
    verify("C-1", "g-1", databases, at=lambda _: found.append(recover(databases)))
    assert found == [()] * 4
    assert business(databases) == VERIFIED
    assert hanging(databases) == 0


def test_the_server_may_crash_between_the_phases(databases, urls, postgresql):
    die(urls, "decided")
    postgresql.restart()
    assert len(recover(databases)) == 2
    assert business(databases) == VERIFIED


COORDINATOR = """
import os, signal, sys
from examples.verification.two_phase import Databases, verify
first, second, point = sys.argv[1:]
databases = Databases(customers={"conninfo": first}, enrollments={"conninfo": second})
verify("C-1", "g-1", databases, at=lambda passed: passed == point and os.kill(os.getpid(), signal.SIGKILL))
"""


def die(urls, point):
    """Kill a coordinator process at the point. Return when the server has noticed."""
    program = [sys.executable, "-c", COORDINATOR, *urls, point]
    ended = subprocess.run(program, cwd=ROOT, check=False)
    assert ended.returncode == -signal.SIGKILL
    with psycopg.connect(urls[0], autocommit=True) as connection:
        until(lambda: connection.execute(HELD).fetchone() == (0,), "the server to drop the coordinator's lock")


HELD = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"


def test_the_databases_of_the_site_can_be_used(databases, urls):
    environment = {
        "DATABASE_URL": urls[0],
        "PARTICIPANT_DATABASE_URL": urls[1],
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    subprocess.run([sys.executable, "-c", SITE], cwd=ROOT, env={**os.environ, **environment}, check=True)
    assert business(databases) == VERIFIED
    assert hanging(databases) == 0


SITE = """
import django
django.setup()
from examples.verification.two_phase import Databases, recover, verify
verify("C-1", "g-1", Databases.of_site())
assert recover(Databases.of_site()) == ()
"""
