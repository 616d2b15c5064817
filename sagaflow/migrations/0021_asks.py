"""Runs keep whom their approvals wait for, so that the inbox and its badge read no other run."""

import json

from django.db import migrations, models
from django.db.models import Q


def fill(apps, schema_editor):
    """Read the groups from the definition of each open run, and from its snapshot which approvals wait."""
    alias = schema_editor.connection.alias
    runs = apps.get_model("sagaflow", "Run").objects.using(alias)
    documents = apps.get_model("sagaflow", "Definition").objects.using(alias).values_list("pk", "document")
    groups = {digest: found for digest, text in documents.iterator(200) if (found := approvals(json.loads(text)))}
    waiting = runs.filter(ended_at__isnull=True, definition__in=sorted(groups))
    for run in waiting.only("pk", "definition_id", "snapshot").order_by("pk").iterator(200):
        steps = json.loads(run.snapshot).get("steps") or {}
        asked = groups[run.definition_id].items()
        asks = [[group, []] for name, group in asked if steps.get(name, {}).get("status") == "waiting"]
        if asks:
            text = json.dumps(asks, ensure_ascii=False, separators=(",", ":"))
            runs.filter(pk=run.pk, asks="").update(asks=text)


def approvals(document):
    steps = [step for segment in document.get("segments", ()) for step in segment.get("steps", ())]
    return {step["name"]: step["approval"] for step in steps if "approval" in step}


class Migration(migrations.Migration):

    dependencies = [
        ('sagaflow', '0020_connection_allow'),
    ]

    operations = [
        migrations.AddField(
            model_name='run',
            name='asks',
            field=models.TextField(blank=True, db_default='', default='', help_text='canonical JSON: the group of each approval that waits for a decision, and who may not take it; empty: none waits'),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=~Q(asks=''), fields=['created_at', 'id'], name='sagaflow_run_asks'),
        ),
    ]
