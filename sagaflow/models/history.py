"""The permanent history of runs: triggers of the database refuse every change of these rows (see ``triggers``)."""

from django.db import models

from sagaflow.models.run import Run


class JournalEntry(models.Model):
    """One fact about a run. Entries are numbered without gaps per run, each chained to the one before by its hash."""

    run = models.ForeignKey(Run, models.PROTECT, related_name="journal", db_index=False)
    seq = models.PositiveBigIntegerField()
    at = models.DateTimeField(help_text="by the database's clock")
    clock = models.FloatField(help_text="the same in seconds since the epoch, as hashed")
    cause = models.PositiveBigIntegerField(help_text="number of the entry that caused it; 0: a report from outside")
    kind = models.CharField(max_length=40)
    data = models.TextField(help_text="canonical JSON")
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["run", "seq"]
        constraints = [models.UniqueConstraint(fields=["run", "seq"], name="sagaflow_journal_dense")]
        indexes = [models.Index(fields=["at"], name="sagaflow_journal_at")]
        verbose_name_plural = "journal entries"

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}"


class RollbackRecord(models.Model):
    """The reason of a rollback, the steps that were undone and those that could only be undone semantically."""

    run = models.ForeignKey(Run, models.PROTECT, related_name="rollback_records", db_index=False)
    seq = models.PositiveBigIntegerField(help_text="the latest journal entry when it was written")
    number = models.PositiveIntegerField(
        help_text="1 for the first rollback of the run; a rollback that got stuck has a second record when it ends"
    )
    outcome = models.CharField(max_length=16)
    code = models.CharField(max_length=128)
    failed_step = models.CharField(max_length=64, blank=True)
    kind = models.CharField(max_length=16, blank=True, help_text="business, technical, or empty: no step failed")
    by = models.CharField(max_length=150, blank=True)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    record = models.TextField(help_text="canonical JSON")
    hash = models.CharField(max_length=64, help_text="sha256 of the run's ID and the record")

    class Meta:
        ordering = ["-ended_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["run", "seq"], name="sagaflow_rollback_once")]
        indexes = [models.Index(fields=["-ended_at", "-id"], name="sagaflow_rollback_newest")]

    def __str__(self) -> str:
        return f"rollback {self.number} of {self.run_id}"


class OperatorAct(models.Model):
    """An operator act on a run, its reason, and its outcome."""

    run = models.ForeignKey(Run, models.PROTECT, related_name="operator_acts")
    step = models.CharField(max_length=64, blank=True)
    verb = models.CharField(max_length=20)
    by = models.CharField(max_length=150)
    reason = models.TextField()
    outcome = models.CharField(max_length=8, choices=[("done", "done"), ("refused", "refused")])
    detail = models.TextField(blank=True, help_text="what changed, or why it was refused")
    at = models.DateTimeField()

    class Meta:
        verbose_name = "operator action"
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["-at", "-id"], name="sagaflow_act_newest")]

    def __str__(self) -> str:
        return f"{self.verb} by {self.by}: {self.outcome}"
