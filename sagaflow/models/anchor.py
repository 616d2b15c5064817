"""Anchors: signed checkpoints of the history, which show even that a history was rewritten as a whole."""

from django.db import models


class Anchor(models.Model):
    """One checkpoint. Anchors are numbered without gaps, chained by their hashes, and signed."""

    number = models.PositiveBigIntegerField(primary_key=True, help_text="from 1, without gaps")
    at = models.DateTimeField(help_text="by the database's clock")
    clock = models.FloatField(help_text="the same in seconds since the epoch, as hashed")
    previous = models.CharField(max_length=64, blank=True, help_text="hash of the anchor before")
    items = models.PositiveIntegerField(help_text="how many heads, records and acts it covers")
    total = models.PositiveBigIntegerField(help_text="the same, with all anchors before")
    digest = models.CharField(max_length=64, help_text="sha256 over its items, in order")
    journal_mark = models.PositiveBigIntegerField(help_text="ID of the latest journal row that it looked at")
    key = models.CharField(max_length=64, help_text="public Ed25519 key of its signature, in hexadecimal digits")
    hash = models.CharField(max_length=64, help_text="sha256 over all of the above")
    signature = models.CharField(max_length=128, help_text="Ed25519 signature of the hash, in hexadecimal digits")

    class Meta:
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"anchor {self.number}"


class AnchorItem(models.Model):
    """A row that an anchor covers: the latest journal entry of a run, a rollback record, or an operator act.

    There is no foreign key to the run, because the item has to outlive it.
    """

    anchor = models.ForeignKey(Anchor, models.PROTECT, related_name="covered")
    kind = models.CharField(max_length=6, choices=[("run", "run"), ("record", "rollback record"), ("act", "act")])
    run = models.UUIDField()
    seq = models.PositiveBigIntegerField(help_text="number of the journal entry; for an act, its ID")
    digest = models.CharField(max_length=64, help_text="hash of the journal entry, of the record, or of the act")

    class Meta:
        ordering = ["-anchor", "id"]
        constraints = [models.UniqueConstraint(fields=["run", "kind", "seq"], name="sagaflow_anchored_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.run} {self.seq}"
