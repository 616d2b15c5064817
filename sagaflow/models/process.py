"""The processes that perform runs: each writes a heartbeat every few seconds, with the skills of its code."""

from django.db import models


class Process(models.Model):
    """A process. The table is only a hint: runs go on even if it is wrong about which processes are present."""

    name = models.CharField(max_length=150, primary_key=True, help_text="host:process:number, as its claims say")
    kind = models.CharField(max_length=16, help_text="worker, embedded, sweeper or relay")
    services = models.JSONField(null=True, help_text="the services that it serves; null: all")
    known = models.JSONField(default=list, help_text="the actions and sub-sagas that its code has")
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField(help_text="its latest heartbeat, by the clock of the database")

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"
