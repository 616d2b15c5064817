"""Messages of runs: published events, tokens for later answers, and events without a run."""

from django.db import models
from django.db.models import Q

from sagaflow.models.run import Run


class OutboxMessage(models.Model):
    """An event on its way: once to the output stream (``observer`` empty), and once to each observer."""

    run = models.ForeignKey(Run, models.PROTECT, related_name="outbox")
    seq = models.PositiveBigIntegerField(help_text="journal entry of the publication")
    event = models.CharField(max_length=128)
    step = models.CharField(max_length=64, blank=True)
    payload = models.TextField(help_text="canonical JSON")
    observer = models.CharField(max_length=64, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, help_text="when to try (again); null: sent, or given up")
    sent_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    taken = models.TextField(blank=True, db_default="", help_text="the output sinks that have it, one per line")

    class Meta:
        verbose_name = "event delivery"
        verbose_name_plural = "event deliveries"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["run", "seq", "event", "observer"], name="sagaflow_outbox_once"),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="sagaflow_outbox_due", condition=Q(due_at__isnull=False)),
            models.Index(fields=["created_at"], name="sagaflow_outbox_at"),
        ]

    def __str__(self) -> str:
        return f"{self.event} of {self.run_id}" + (f" for {self.observer}" if self.observer else "")


class CallbackToken(models.Model):
    """A one-time permission to answer one attempt. Only the hash of the token is stored."""

    digest = models.CharField(primary_key=True, max_length=64, help_text="sha256 of the token")
    run = models.ForeignKey(Run, models.PROTECT, related_name="callbacks")
    step = models.CharField(max_length=64)
    direction = models.CharField(max_length=4)
    attempt = models.PositiveIntegerField()
    token = models.PositiveBigIntegerField(help_text="the fencing token of the attempt")
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"callback of step {self.step} of {self.run_id}"


class RememberedEvent(models.Model):
    """The ID of an event that a run took and its snapshot no longer contains. Another event with the ID is ignored."""

    run = models.ForeignKey(Run, models.PROTECT, related_name="remembered", db_index=False)
    event_id = models.CharField(max_length=200)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["run", "event_id"], name="sagaflow_remembered_once")]

    def __str__(self) -> str:
        return f"event {self.event_id} of {self.run_id}"


class UnmatchedEvent(models.Model):
    """An event from outside whose run does not exist yet or has ended. It is stored for a while."""

    event = models.CharField(max_length=128)
    correlation_id = models.CharField(max_length=200, db_index=True)
    payload = models.TextField(help_text="canonical JSON")
    event_id = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=200, blank=True)
    reason = models.TextField(help_text="why no run took it")
    received_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["correlation_id", "event_id"], condition=~Q(event_id=""), name="sagaflow_unmatched_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.event} for {self.correlation_id}"
