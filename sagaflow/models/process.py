"""The processes that carry runs on: each gives a sign of life every few seconds, and says what its code can do."""

from django.db import models


class Process(models.Model):
    """Advice, never truth: a run goes on whether or not this table is right about who is there."""

    name = models.CharField(max_length=150, primary_key=True, help_text="host:process:number, as its claims say")
    kind = models.CharField(max_length=16, help_text="worker, embedded, sweeper or relay")
    services = models.JSONField(null=True, help_text="the services that it serves; null: all")
    known = models.JSONField(default=list, help_text="the actions and sub-sagas that its code has")
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField(help_text="its latest sign of life, by the clock of the database")

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"
