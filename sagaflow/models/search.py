"""Search attributes by value, so that a run is found among very many without looking at each."""

from django.db import models

from sagaflow.models.run import Run

LONGEST = 120
"""Characters of a value; a longer one is stored as its beginning and its hash."""


class SearchValue(models.Model):
    """One search attribute of one run. Written when the run starts; search attributes never change."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="search_values", db_index=False)
    name = models.CharField(max_length=200)
    value = models.CharField(max_length=LONGEST, help_text="as text; a long one ends with its hash")
    folded = models.CharField(max_length=LONGEST, help_text="in one case, cut: its beginning is looked for")
    created_at = models.DateTimeField(help_text="of the run")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "name"], name="sagaflow_search_once")]
        indexes = [
            models.Index(fields=["name", "value", "-created_at", "-run"], name="sagaflow_search_exact"),
            models.Index(fields=["folded"], name="sagaflow_search_prefix", opclasses=["varchar_pattern_ops"]),
            # A search for the middle of a value reads this index instead of rows.
            models.Index(fields=["-created_at", "folded", "run"], name="sagaflow_search_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.name}={self.value}"
