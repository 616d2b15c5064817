"""Subscribers that listen to a saga from an app of their own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sagaflow", "0012_remembered_events")]

    operations = [
        migrations.CreateModel(
            name="Subscription",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("saga", models.CharField(max_length=64)),
                ("event", models.CharField(max_length=128)),
                ("name", models.CharField(help_text="the subscriber: service.verb", max_length=64)),
                ("team", models.TextField(blank=True)),
                (
                    "app",
                    models.TextField(blank=True, help_text="the Django app that its code is in; empty: in none"),
                ),
                ("since", models.DateTimeField(help_text="when a process with its code was first seen")),
                ("seen_at", models.DateTimeField(help_text="the latest heartbeat of a process with its code")),
                (
                    "missed_at",
                    models.DateTimeField(
                        help_text="since when a newer process has the app without its code", null=True
                    ),
                ),
            ],
            options={"ordering": ["saga", "name", "event"]},
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.UniqueConstraint(fields=("saga", "event", "name"), name="sagaflow_subscription_once"),
        ),
    ]
