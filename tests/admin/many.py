"""Creates very many rows with statements of the database itself."""

from django.db import connection

from sagaflow.models import Run, triggers
from tests.roles import the_owner

SERIES = {
    "sqlite": "WITH RECURSIVE series(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < {count})",
    "postgresql": "WITH series(n) AS (SELECT generate_series(1, {count}))",
}
NEW_ID = {"sqlite": "lower(hex(randomblob(16)))", "postgresql": "gen_random_uuid()"}
LATER = {"sqlite": "datetime(created_at, '-' || n || ' minutes')", "postgresql": "created_at - n * interval '1 minute'"}
ANALYZE = "ANALYZE"


def many_entries(run_id, count):
    """Copies of the run's first entry, numbered from far above."""
    at = LATER[connection.vendor].replace("created_at", "at")
    copied = (
        "INSERT INTO sagaflow_journalentry (run_id, seq, at, clock, cause, kind, data, hash) "
        f"{SERIES[connection.vendor].format(count=count)} "
        f"SELECT run_id, 1000000 + n, {at}, clock, cause, kind, data, hash FROM sagaflow_journalentry, series "
        "WHERE run_id = %s AND seq = 1"
    )
    _do(copied, [_key(run_id)])


def many_runs(run_id, count):
    """Copies of the run, without their journals."""
    others = [field.column for field in Run._meta.concrete_fields if field.column not in ("id", "created_at")]
    columns = ", ".join(f'"{column}"' for column in others)
    copied = (
        f"INSERT INTO sagaflow_run (id, created_at, {columns}) {SERIES[connection.vendor].format(count=count)} "
        f"SELECT {NEW_ID[connection.vendor]}, {LATER[connection.vendor]}, {columns} "
        "FROM sagaflow_run, series WHERE id = %s"
    )
    _do(copied, [_key(run_id)])


def many_records(run_id, count):
    """Copies of the run's rollback record."""
    columns = 'number, outcome, code, failed_step, kind, "by", began_at, record, hash'
    at = LATER[connection.vendor].replace("created_at", "ended_at")
    copied = (
        f"INSERT INTO sagaflow_rollbackrecord (run_id, seq, ended_at, {columns}) "
        f"{SERIES[connection.vendor].format(count=count)} "
        f"SELECT run_id, 1000000 + n, {at}, {columns} FROM sagaflow_rollbackrecord, series WHERE run_id = %s"
    )
    _do(copied, [_key(run_id)])


def _key(run_id):
    return run_id if connection.vendor == "postgresql" else run_id.replace("-", "")


def _do(statement, parameters):
    with the_owner():
        triggers.remove(connection)
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            cursor.execute(ANALYZE)
        triggers.install(connection)
