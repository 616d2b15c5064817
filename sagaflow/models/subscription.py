"""Subscribers get the events of a saga in an app of their own. Processes with their code refresh the rows."""

from django.db import models


class Subscription(models.Model):
    """One event of one saga for one subscriber. While the row exists, each such event is delivered to it."""

    saga = models.CharField(max_length=64)
    event = models.CharField(max_length=128)
    name = models.CharField(max_length=64, help_text="the subscriber: service.verb")
    team = models.TextField(blank=True)
    app = models.TextField(blank=True, help_text="the Django app that its code is in; empty: in none")
    since = models.DateTimeField(help_text="when a process with its code was first seen")
    seen_at = models.DateTimeField(help_text="the latest heartbeat of a process with its code")
    missed_at = models.DateTimeField(null=True, help_text="since when a newer process has the app without its code")

    class Meta:
        ordering = ["saga", "name", "event"]
        constraints = [
            models.UniqueConstraint(fields=["saga", "event", "name"], name="sagaflow_subscription_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.event} of {self.saga}"
