"""What a group of people may act on: some sagas, or what some teams own. Whoever is in no group with scopes is free."""

from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Q


class Scope(models.Model):
    """Narrows what the permissions of the members of a group are worth: one saga, or the segments of one team."""

    group = models.ForeignKey(Group, models.CASCADE, related_name="+")
    saga = models.CharField(
        max_length=64, blank=True, help_text="name of a saga; empty: any that the team owns part of"
    )
    team = models.CharField(max_length=64, blank=True, help_text="name of a team; empty: whoever owns the saga")

    class Meta:
        ordering = ["group", "saga", "team"]
        constraints = [
            models.UniqueConstraint(fields=["group", "saga", "team"], name="sagaflow_scope_once"),
            models.CheckConstraint(condition=~Q(saga="") | ~Q(team=""), name="sagaflow_scope_names_something"),
        ]

    def __str__(self) -> str:
        what = [f"saga {self.saga}" if self.saga else "", f"team {self.team}" if self.team else ""]
        return f"{self.group}: {', '.join(filter(None, what))}"
