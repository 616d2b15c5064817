"""Definitions as they were when a run first started with them; their digest is their identity."""

from django.db import models


class Definition(models.Model):
    """One version of a saga. Rows are added, never changed: runs are pinned to them."""

    digest = models.CharField(primary_key=True, max_length=64, help_text="sha256 of the canonical document")
    name = models.CharField(max_length=64)
    version = models.PositiveIntegerField(help_text="counts the versions of the name, from 1")
    document = models.TextField(help_text="canonical JSON")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "version"]
        constraints = [models.UniqueConstraint(fields=["name", "version"], name="sagaflow_definition_version")]

    def __str__(self) -> str:
        return f"{self.name} v{self.version} ({self.digest[:12]})"
