"""Requests for a second person: what one operator asked for, and what another one answered. Neither row ever changes.

A request without an answer is open. The triggers of the history protect both tables (see ``triggers``).
"""

import uuid

from django.db import models

from sagaflow.models.repair import BulkRepair
from sagaflow.models.run import Run


class ActRequest(models.Model):
    """A verb that waits for a second person, on a run or in a bulk repair."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.ForeignKey(Run, models.PROTECT, null=True, related_name="+")
    repair = models.OneToOneField(BulkRepair, models.PROTECT, null=True, related_name="request")
    verb = models.CharField(max_length=20)
    step = models.CharField(max_length=64, blank=True)
    value = models.TextField(blank=True, help_text="the JSON that the verb takes, canonical; empty: none")
    seen = models.CharField(max_length=64, blank=True, help_text="fingerprint of what the operator saw of the run")
    by = models.CharField(max_length=150)
    reason = models.TextField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = "request for a second person"
        verbose_name_plural = "requests for a second person"
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["-at", "-id"], name="sagaflow_request_newest")]

    def __str__(self) -> str:
        return f"{self.verb} asked by {self.by}"


class ActAnswer(models.Model):
    """The end of a request."""

    class Outcome(models.TextChoices):
        """``outdated``: the run had gone on when a second person looked."""

        GIVEN = "given"
        REFUSED = "refused"
        WITHDRAWN = "withdrawn"
        OUTDATED = "outdated"

    request = models.OneToOneField(ActRequest, models.PROTECT, related_name="answer")
    outcome = models.CharField(max_length=9, choices=Outcome.choices)
    by = models.CharField(max_length=150)
    note = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.outcome} by {self.by}"
