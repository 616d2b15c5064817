"""Scopes limit a group to some sagas or teams. A user without such a group is not limited."""

from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Q

ACTIONS = (
    "view_run",
    "start_run",
    "operate_run",
    "approve_step",
    "publish_event",
    "view_sensitive",
    "design_saga",
    "publish_saga",
)
"""The permissions that a scope can narrow."""


class Scope(models.Model):
    """Limits the permissions of the members of a group to one saga, or to the sagas that one team owns part of."""

    group = models.ForeignKey(Group, models.CASCADE, related_name="+")
    permission = models.CharField(
        max_length=32,
        blank=True,
        choices=[(name, name) for name in ACTIONS],
        help_text="the permission that this scope limits; empty: all of them, also seeing runs",
    )
    saga = models.CharField(
        max_length=64, blank=True, help_text="name of a saga; empty: any that the team owns part of"
    )
    team = models.CharField(max_length=64, blank=True, help_text="name of a team; empty: any owner of the saga")

    class Meta:
        ordering = ["group", "permission", "saga", "team"]
        constraints = [
            models.UniqueConstraint(fields=["group", "permission", "saga", "team"], name="sagaflow_scope_once"),
            models.CheckConstraint(condition=~Q(saga="") | ~Q(team=""), name="sagaflow_scope_names_something"),
        ]

    def __str__(self) -> str:
        what = [self.permission, f"saga {self.saga}" if self.saga else "", f"team {self.team}" if self.team else ""]
        return f"{self.group}: {', '.join(filter(None, what))}"
