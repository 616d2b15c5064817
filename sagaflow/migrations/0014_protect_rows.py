"""The triggers of PostgreSQL refuse the change of a row, no longer a statement that changes none, as `loaddata` sends.

The old ones go here; `post_migrate` makes the new ones.
"""

from django.db import migrations

TABLES = ("journalentry", "rollbackrecord", "operatoract", "anchor", "anchoritem")


def drop_old(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for table in TABLES:
            schema_editor.execute(f"DROP TRIGGER IF EXISTS sagaflow_{table}_append_only ON sagaflow_{table}")


class Migration(migrations.Migration):
    dependencies = [("sagaflow", "0013_subscription")]

    operations = [migrations.RunPython(drop_old, migrations.RunPython.noop)]
