"""Views of the list of runs that a user saved: for oneself, or for the members of a group."""

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Q

LONGEST_NAME = 60
"""Characters of a name."""


class SavedView(models.Model):
    """A query with its order and columns, under a name. It belongs to one user or to one group."""

    name = models.CharField(max_length=LONGEST_NAME)
    query = models.CharField(max_length=1_000, blank=True, help_text="as it is typed into the search field")
    sort = models.CharField(max_length=32, blank=True, help_text="empty: the newest first")
    columns = models.CharField(max_length=500, blank=True, help_text="empty: those of the reader")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    group = models.ForeignKey(Group, models.CASCADE, null=True, related_name="+")
    by = models.CharField(max_length=150, help_text="username of who saved it last")
    at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "name"], name="sagaflow_view_of_user"),
            models.UniqueConstraint(fields=["group", "name"], name="sagaflow_view_of_group"),
            models.CheckConstraint(
                condition=Q(user__isnull=True, group__isnull=False) | Q(user__isnull=False, group__isnull=True),
                name="sagaflow_view_has_one_owner",
            ),
        ]

    def __str__(self) -> str:
        return self.name
