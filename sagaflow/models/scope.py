"""What a group of people may act on: some sagas, or what some teams own. Whoever is in no group with scopes is free."""

from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Q

ACTIONS = ("view_run", "start_run", "operate_run", "approve_step", "publish_event", "view_sensitive")
"""The permissions that a scope can narrow."""


class Scope(models.Model):
    """Narrows what permissions of the members of a group are worth: to one saga, or to what one team owns."""

    group = models.ForeignKey(Group, models.CASCADE, related_name="+")
    permission = models.CharField(
        max_length=32,
        blank=True,
        choices=[(name, name) for name in ACTIONS],
        help_text="what is narrowed; empty: everything, looking included",
    )
    saga = models.CharField(
        max_length=64, blank=True, help_text="name of a saga; empty: any that the team owns part of"
    )
    team = models.CharField(max_length=64, blank=True, help_text="name of a team; empty: whoever owns the saga")

    class Meta:
        ordering = ["group", "permission", "saga", "team"]
        constraints = [
            models.UniqueConstraint(fields=["group", "permission", "saga", "team"], name="sagaflow_scope_once"),
            models.CheckConstraint(condition=~Q(saga="") | ~Q(team=""), name="sagaflow_scope_names_something"),
        ]

    def __str__(self) -> str:
        what = [self.permission, f"saga {self.saga}" if self.saga else "", f"team {self.team}" if self.team else ""]
        return f"{self.group}: {', '.join(filter(None, what))}"
