"""A failed undo is another trouble than a failed step: the fingerprints of open runs say which of the two it is."""

import json

from django.db import migrations, models

BACK = ("stuck", "undo_due", "undo_running", "undo_waiting")


def mark(apps, schema_editor):
    """Only runs that have not ended can be in the middle of an undo; what a run was rolled back for is never one."""
    runs = apps.get_model("sagaflow", "Run").objects.using(schema_editor.connection.alias)
    undoing = runs.filter(ended_at__isnull=True, status__in=("stuck", "rolling_back")).exclude(failure="")
    for run in undoing.only("pk", "failure", "snapshot").order_by("pk").iterator(200):
        step = run.failure.partition("|")[0]
        now = json.loads(run.snapshot).get("steps", {}).get(step, {})
        if now.get("status") in BACK and now.get("error"):
            runs.filter(pk=run.pk, failure=run.failure).update(failure=f"undo:{run.failure}"[:255])


class Migration(migrations.Migration):
    dependencies = [("sagaflow", "0006_outbox_dates")]

    operations = [
        migrations.RunPython(mark, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="run",
            name="failure",
            field=models.CharField(
                blank=True,
                help_text="fingerprint of what is wrong: step (undo: in front of it for its compensation), error code, "
                "message without numbers",
                max_length=255,
            ),
        ),
    ]
