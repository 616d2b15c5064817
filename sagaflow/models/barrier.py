"""The barrier exists on every database alias, next to the tables of the participant that it guards."""

from django.db import models


class Barrier(models.Model):
    """A record that an action (``do``) or a compensation (``undo``) took effect, or never may."""

    key = models.CharField(max_length=200, help_text="the idempotency key without its direction")
    direction = models.CharField(max_length=4)
    barred = models.BooleanField(
        default=False, help_text="the compensation came first: the action may never take effect"
    )
    output = models.TextField(null=True, help_text="canonical JSON of what it returned; null: it answers later")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "direction"], name="sagaflow_barrier_once")]

    def __str__(self) -> str:
        return f"{self.key}:{self.direction}"
