"""The IDs of events that a run took long ago leave its snapshot. Runs that hold more of them move them themselves."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sagaflow", "0011_starts_at")]

    operations = [
        migrations.CreateModel(
            name="RememberedEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("event_id", models.CharField(max_length=200)),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="remembered",
                        to="sagaflow.run",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "constraints": [models.UniqueConstraint(fields=("run", "event_id"), name="sagaflow_remembered_once")],
            },
        ),
    ]
