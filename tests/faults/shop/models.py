"""The effects of the shop's actions, in the database of the runs."""

from django.db import models


class Effect(models.Model):
    """One row for each time that an effect really took place."""

    key = models.CharField(max_length=200)
    attempt = models.PositiveIntegerField()

    class Meta:
        app_label = "shop"

    def __str__(self) -> str:
        return f"{self.key}, attempt {self.attempt}"
