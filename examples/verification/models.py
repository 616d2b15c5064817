"""The tables: customers with their status, pending enrollments, and the decisions of the two-phase coordinator.

Each exists in both databases. Form (a) uses those of the first one; in (b) and (c) the enrollments lie in the second.
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
    """Who set a status for which step of which run."""

    key = models.CharField(max_length=200, unique=True, help_text="The idempotency key.")
    customer = models.CharField(max_length=64)
    status = models.CharField(max_length=16)

    class Meta:
        verbose_name_plural = "status entries"

    def __str__(self) -> str:
        return f"{self.customer}: {self.status}"


class CommitDecision(models.Model):
    """That a transaction over two databases is to be committed. None is ever written for one that is to be aborted."""

    gid = models.CharField(max_length=100, primary_key=True)

    def __str__(self) -> str:
        return self.gid
