"""Runs whose changes the database refuses keep why, how often and since when."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sagaflow", "0009_process")]

    operations = [
        migrations.AddField(
            model_name="run",
            name="refusal",
            field=models.TextField(
                blank=True,
                db_default="",
                default="",
                help_text="canonical JSON: how often the database refused changes of the run, since when and why; "
                "empty: it took the latest one",
            ),
        ),
    ]
