"""Bulk repairs: one act on many runs. The runs are stored when an operator asks, and none is added afterwards."""

import uuid

from django.db import models
from django.db.models import Q

from sagaflow.models.run import Run


class BulkRepair(models.Model):
    """The verb, the selection, the operator and the reason of a bulk repair."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    verb = models.CharField(max_length=20)
    step = models.CharField(max_length=64, blank=True, help_text="empty: every step that the verb is meant for")
    output = models.TextField(blank=True, help_text="of skip: the substitute output as canonical JSON")
    selection = models.TextField(help_text="how the runs were found, in words")
    by = models.CharField(max_length=150)
    reason = models.TextField()
    created_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)
    stopped_by = models.CharField(max_length=150, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["created_at"], name="sagaflow_repair_open", condition=Q(ended_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.verb} by {self.by}"


class BulkRepairItem(models.Model):
    """One run of the selection, and its outcome. The act and its outcome are saved in one transaction."""

    class Outcome(models.TextChoices):
        """``open`` is the only one that changes."""

        OPEN = "open"
        DONE = "done"
        REFUSED = "refused"
        CHANGED = "changed"
        STOPPED = "stopped"

    repair = models.ForeignKey(BulkRepair, models.CASCADE, related_name="items", db_index=False)
    run = models.ForeignKey(Run, models.PROTECT, related_name="+")
    seq = models.PositiveBigIntegerField(help_text="the run's latest journal entry when it was selected")
    outcome = models.CharField(max_length=8, choices=Outcome.choices, default=Outcome.OPEN)
    detail = models.TextField(blank=True, help_text="what was done, or why not")
    at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["repair", "run"], name="sagaflow_repair_run_once")]
        indexes = [models.Index(fields=["repair", "outcome", "id"], name="sagaflow_repair_outcome")]

    def __str__(self) -> str:
        return f"{self.run_id}: {self.outcome}"
