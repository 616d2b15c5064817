"""With very many rows the lists send as few queries as with ten rows, and an index answers each of them."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sagaflow.admin.paging import MOST
from tests.admin.many import many_entries, many_records, many_runs

MANY = 20_000
TABLES = {"run": "sagaflow_run", "journalentry": "sagaflow_journalentry", "rollbackrecord": "sagaflow_rollbackrecord"}


@pytest.fixture
def crowded(run_of):
    rolled_back = run_of("feather")
    many_runs(rolled_back, MANY)
    many_entries(rolled_back, MANY)
    many_records(rolled_back, MANY)
    return rolled_back


def asked(client, address):
    """The page and its queries."""
    client.get("/admin/")
    with CaptureQueriesContext(connection) as questions:
        page = client.get(address)
    assert page.status_code == 200
    return page, [each["sql"] for each in questions]


def plan(sql):
    """The query plan of the database."""
    explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with connection.cursor() as cursor:
        cursor.execute(f"{explain} {sql}")
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


def scans(sql, table):
    """True if the whole table is read and sorted. Within a limit, along an index, it is not."""
    how = plan(sql)
    if connection.vendor == "sqlite":
        whole = re.search(rf"SCAN {table}(?! USING)", how) and "LIMIT" not in sql
        return bool(whole) or "TEMP B-TREE FOR ORDER BY" in how
    return f"Seq Scan on {table}" in how and "Limit" not in how


@pytest.mark.parametrize("name", TABLES)
def test_a_list_costs_the_same_with_very_many_rows(boss, run_of, name):
    run = run_of("feather")
    address = f"/admin/sagaflow/{name}/"
    _, few = asked(boss, address)
    {"run": many_runs, "journalentry": many_entries, "rollbackrecord": many_records}[name](run, MANY)
    page, many = asked(boss, address)
    assert len(many) == len(few) <= 12
    assert page.context_data["cl"].result_count == MOST
    assert f"These pages show at most {MOST} rows" in page.content.decode()
    assert not [sql for sql in many if scans(sql, TABLES[name])]


def test_a_list_does_not_read_snapshots_or_journals(boss, crowded):
    for name in ("run", "journalentry", "operatoract"):
        _, questions = asked(boss, f"/admin/sagaflow/{name}/")
        assert not any('"snapshot"' in sql for sql in questions)
        assert not any("COUNT(*)" in sql and "LIMIT" not in sql for sql in questions)


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("run", "status=rolled_back"),
        ("run", "saga=page_parcel"),
        ("run", "created_at__year=2024"),
        ("journalentry", "at__year=2024"),
        ("journalentry", "q={run}"),
        ("journalentry", "run__id__exact={run}"),
        ("rollbackrecord", "ended_at__year=2024"),
        ("rollbackrecord", "q={run}"),
        ("run", "q={run}"),
    ],
)
def test_narrowing_a_crowded_list_is_fast(boss, crowded, name, query):
    asked(boss, f"/admin/sagaflow/{name}/?{query.format(run=crowded)}")


def test_dates_are_found_at_the_ends_of_an_index(boss, crowded):
    _, questions = asked(boss, "/admin/sagaflow/journalentry/?at__year=2026")
    ends = [sql for sql in questions if re.match(r'SELECT "sagaflow_journalentry"."at" AS', sql) and "LIMIT 1" in sql]
    assert len(ends) == 2
    assert all("sagaflow_journal_at" in plan(sql) for sql in ends)
