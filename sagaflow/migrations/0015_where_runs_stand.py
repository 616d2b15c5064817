"""Runs keep where they stand, the step, its direction and the error, so that lists can show it and search by it."""

import json

from django.db import migrations, models
from django.db.models import Q

BACK = ("undo_due", "undo_running", "undo_waiting", "stuck")
OPEN = ("due", "running", "waiting", "parked", *BACK)


def fill(apps, schema_editor):
    """Read the place of each run that failed or has not ended from its failure and its snapshot."""
    runs = apps.get_model("sagaflow", "Run").objects.using(schema_editor.connection.alias)
    standing = runs.filter(~Q(failure="") | Q(ended_at__isnull=True))
    for run in standing.only("pk", "failure", "snapshot").order_by("pk").iterator(200):
        state = json.loads(run.snapshot)
        place = failed(run.failure, state) if run.failure else standing_at(state.get("steps") or {})
        if place:
            runs.filter(pk=run.pk, failure=run.failure).update(**place)


def failed(failure, state):
    name, code, message = [*failure.split("|", 2), "", ""][:3]
    direction, name = ("undo", name[5:]) if name.startswith("undo:") else ("do", name)
    step = (state.get("steps") or {}).get(name) or {}
    errors = [step.get("error"), step.get("failure"), (state.get("rollback") or {}).get("error")]
    own = next((error for error in errors if error and error.get("code") == code), {"message": message})
    text = own.get("message") or ""
    error = (code if text == code else f"{code} {text}").strip().casefold()
    return {"step": name[:64], "direction": direction, "error": error[:200]}


def standing_at(steps):
    for name, step in steps.items():
        if (status := step.get("status", "pending")) in OPEN:
            return {"step": name, "direction": "undo" if status in BACK else "do"}
    return {}


class Migration(migrations.Migration):

    dependencies = [
        ('sagaflow', '0014_protect_rows'),
    ]

    operations = [
        migrations.AddField(
            model_name='run',
            name='direction',
            field=models.CharField(blank=True, db_default='', default='', help_text='do or undo: what stands at that step', max_length=4),
        ),
        migrations.AddField(
            model_name='run',
            name='error',
            field=models.CharField(blank=True, db_default='', default='', help_text='code and message of the failure in one case, cut', max_length=200),
        ),
        migrations.AddField(
            model_name='run',
            name='step',
            field=models.CharField(blank=True, db_default='', default='', help_text='where the run stands: the failed or open step', max_length=64),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('step', ''), _negated=True), fields=['step', '-created_at', '-id'], name='sagaflow_run_step'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('direction', ''), _negated=True), fields=['direction', '-created_at', '-id'], name='sagaflow_run_direction'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('error', ''), _negated=True), fields=['-created_at', '-id', 'error'], name='sagaflow_run_error'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(fields=['-updated_at', '-id'], name='sagaflow_run_updated'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('ended_at__isnull', False)), fields=['-ended_at', '-id'], name='sagaflow_run_ended'),
        ),
        migrations.AddIndex(
            model_name='searchvalue',
            index=models.Index(fields=['-created_at', 'folded', 'run'], name='sagaflow_search_newest'),
        ),
    ]
