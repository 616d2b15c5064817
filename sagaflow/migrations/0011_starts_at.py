"""Runs that wait for their beginning keep when it comes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sagaflow", "0010_refusals")]

    operations = [
        migrations.AddField(
            model_name="run",
            name="starts_at",
            field=models.DateTimeField(null=True, help_text="when its first step is due, if it waits for its beginning"),
        ),
    ]
