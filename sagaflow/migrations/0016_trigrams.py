"""On PostgreSQL, the middle of search values and errors is found by trigram indexes, if they can be created.

A role may lack the right to create the extension ``pg_trgm``. Then only the newest runs are searched for the middle of
a text (``sagaflow.store.lists.text``); the documentation says how to create the indexes later.
"""

from django.db import DatabaseError, migrations, transaction

UP = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX IF NOT EXISTS sagaflow_search_middle ON sagaflow_searchvalue USING gin (folded gin_trgm_ops)",
    "CREATE INDEX IF NOT EXISTS sagaflow_run_error_middle ON sagaflow_run USING gin (error gin_trgm_ops)"
    " WHERE NOT (error = '')",
)
DOWN = ("DROP INDEX IF EXISTS sagaflow_search_middle", "DROP INDEX IF EXISTS sagaflow_run_error_middle")
WITHOUT = """
  The role may not create the extension pg_trgm, so that a search for the middle of a value reads only the newest
  100,000 runs. docs/how-to/operate.md says how to create its indexes later."""


def create(apps, schema_editor):
    connection = schema_editor.connection
    if connection.vendor != "postgresql":
        return
    try:
        with transaction.atomic(connection.alias), connection.cursor() as cursor:
            for statement in UP:
                cursor.execute(statement)
    except DatabaseError:
        print(WITHOUT)  # noqa: T201 - who migrates has to know


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for statement in DOWN:
            schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("sagaflow", "0015_where_runs_stand")]

    operations = [migrations.RunPython(create, drop)]
