"""The tables: customers with their status, pending enrollments, and the decisions of the two-phase coordinator.

Each table exists in both databases. Form (a) uses those of the first one; (b) and (c) use the enrollments of the
second one.
"""

from django.db import models


class Customer(models.Model):
    number = models.CharField(max_length=64, unique=True)
    status = models.CharField(max_length=16, default="PENDING", help_text="PENDING or VERIFIED.")

    def __str__(self) -> str:
        return f"{self.number} ({self.status})"


class PendingEnrollment(models.Model):
    customer = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return self.customer


class StatusEntry(models.Model):
    """A record that one step of a run set a status."""

    key = models.CharField(max_length=200, unique=True, help_text="The idempotency key.")
    customer = models.CharField(max_length=64)
    status = models.CharField(max_length=16)

    class Meta:
        verbose_name_plural = "status entries"

    def __str__(self) -> str:
        return f"{self.customer}: {self.status}"


class CommitDecision(models.Model):
    """The decision to commit a transaction over two databases. No row is written for a transaction that is aborted."""

    gid = models.CharField(max_length=100, primary_key=True)

    def __str__(self) -> str:
        return self.gid
