"""Runs: the snapshot of each, and the columns that lists filter by."""

from django.db import models
from django.db.models import Q

from sagaflow.core.run.state import RunStatus
from sagaflow.models.definition import Definition


class Run(models.Model):
    """An instance of a definition. Every column but the identity derives from the snapshot, in the same transaction."""

    id = models.UUIDField(primary_key=True, editable=False)
    saga = models.CharField(max_length=64)
    key = models.CharField(
        max_length=200, null=True, help_text="the caller's own name for it; a retry of the whole run has it too"
    )
    definition = models.ForeignKey(Definition, models.PROTECT, related_name="+", db_index=False)
    status = models.CharField(max_length=16, choices=[(status.value, status.value) for status in RunStatus])
    attention = models.CharField(
        max_length=16, blank=True, help_text="why the run needs attention: parked, stuck, missing, …"
    )
    failure = models.CharField(
        max_length=255,
        blank=True,
        help_text="fingerprint of what is wrong: step (undo: in front of it for its compensation), error code, "
        "message without numbers",
    )
    step = models.CharField(
        max_length=64, blank=True, default="", db_default="", help_text="where the run stands: the failed or open step"
    )
    direction = models.CharField(
        max_length=4, blank=True, default="", db_default="", help_text="do or undo: what stands at that step"
    )
    error = models.CharField(
        max_length=200,
        blank=True,
        default="",
        db_default="",
        help_text="code and message of the failure in one case, cut",
    )
    asks = models.TextField(
        blank=True,
        default="",
        db_default="",
        help_text="canonical JSON: the group of each approval that waits for a decision, and who may not take it; "
        "empty: none waits",
    )
    refusal = models.TextField(
        blank=True,
        default="",
        db_default="",
        help_text="canonical JSON: how often the database refused changes of the run, since when and why; "
        "empty: it took the latest one",
    )
    snapshot = models.TextField(help_text="the state as canonical JSON: the fold of the journal")
    seq = models.PositiveBigIntegerField(help_text="number of the latest journal entry")
    head = models.CharField(max_length=64, help_text="hash of the latest journal entry")
    wake_at = models.DateTimeField(null=True, help_text="the earliest time that anything is due")
    starts_at = models.DateTimeField(null=True, help_text="when its first step is due, if it waits for its beginning")
    deadline = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    parent_step = models.CharField(
        max_length=80, blank=True, help_text="of a sub-saga: the step of the parent run, and its round after #"
    )
    origin = models.ForeignKey("self", models.PROTECT, null=True, related_name="retries")
    number = models.PositiveIntegerField(default=0, help_text="counts the retries of the whole run; the origin is 0")
    by = models.CharField(max_length=150, blank=True, help_text="who started it")
    search = models.JSONField(default=dict, help_text="search attributes: name → value")
    teams = models.TextField(blank=True, help_text="owners of its segments, each between commas: ,warehouse,payment,")

    class Meta:
        ordering = ["-created_at", "-id"]
        permissions = [
            ("start_run", "Can start runs"),
            ("operate_run", "Can retry, skip, roll back and cancel"),
            ("publish_event", "Can publish events to runs"),
            ("approve_step", "Can approve and refuse steps"),
            ("view_sensitive", "Can see sensitive fields unmasked"),
            ("design_saga", "Can edit drafts of sagas"),
            ("publish_saga", "Can publish sagas"),
        ]
        constraints = [
            # The first run of a saga with a key, and each retry of it as a whole. Lists find a key by it, too.
            models.UniqueConstraint(
                fields=["key", "saga", "number"], name="sagaflow_run_key", condition=Q(key__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["wake_at"], name="sagaflow_run_due", condition=Q(wake_at__isnull=False)),
            models.Index(fields=["-created_at", "-id"], name="sagaflow_run_newest"),
            # A list is filtered by the columns in front and paged by the two at the end: no scan, no sort.
            models.Index(fields=["saga", "-created_at", "-id"], name="sagaflow_run_saga"),
            models.Index(fields=["saga", "status", "-created_at", "-id"], name="sagaflow_run_saga_status"),
            models.Index(fields=["status", "-created_at", "-id"], name="sagaflow_run_status"),
            models.Index(fields=["definition", "-created_at", "-id"], name="sagaflow_run_definition"),
            models.Index(
                fields=["attention", "-created_at", "-id"], name="sagaflow_run_attention", condition=~Q(attention="")
            ),
            models.Index(
                fields=["saga", "failure", "-created_at", "-id"], name="sagaflow_run_failure", condition=~Q(failure="")
            ),
            models.Index(
                fields=["key", "-created_at", "-id"], name="sagaflow_run_keys", condition=Q(key__isnull=False)
            ),
            models.Index(fields=["step", "-created_at", "-id"], name="sagaflow_run_step", condition=~Q(step="")),
            models.Index(
                fields=["direction", "-created_at", "-id"], name="sagaflow_run_direction", condition=~Q(direction="")
            ),
            # The error is in the index, so that a search for its middle reads no rows.
            models.Index(fields=["-created_at", "-id", "error"], name="sagaflow_run_error", condition=~Q(error="")),
            models.Index(fields=["created_at", "id"], name="sagaflow_run_asks", condition=~Q(asks="")),
            models.Index(fields=["-updated_at", "-id"], name="sagaflow_run_updated"),
            models.Index(fields=["-ended_at", "-id"], name="sagaflow_run_ended", condition=Q(ended_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.saga} {self.id} ({self.status.replace('_', ' ')})"
