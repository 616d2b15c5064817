"""The tables: what this company keeps (no more of a user than the provider's ID), and the provider's own."""

from django.db import models

from examples.provisioning.conf import PROVIDER_DATABASE


class ProviderRows(models.Manager):
    """Finds the rows in the provider's database, where they belong."""

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().using(PROVIDER_DATABASE)


class ProviderUser(models.Model):
    """At the identity provider: the only place that knows a name and an address."""

    key = models.CharField(max_length=200, unique=True, help_text="The idempotency key.")
    provider_id = models.CharField(max_length=64, unique=True)
    email = models.EmailField(unique=True, null=True, help_text="Nothing once the user is deleted.")
    name = models.CharField(max_length=100, blank=True)
    deleted = models.BooleanField(default=False, help_text="Its key never makes a user again.")
    objects = ProviderRows()

    def __str__(self) -> str:
        return self.provider_id


class ProviderOutage(models.Model):
    """The provider answers 503 to its next calls."""

    remaining = models.PositiveIntegerField(help_text="To how many more.")
    objects = ProviderRows()

    def __str__(self) -> str:
        return str(self.remaining)


class User(models.Model):
    """Here: a reference to the user at the provider."""

    provider_id = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return self.provider_id


class TransactionRecord(models.Model):
    """What a service did in its part of the saga, kept for the next one to check."""

    key = models.CharField(max_length=200, unique=True, help_text="The idempotency key.")
    service = models.CharField(max_length=64)
    subject = models.CharField(max_length=64, help_text="The ID of what was made.")
    digest = models.CharField(max_length=64, help_text="sha256 of the data that it was made of.")
    state = models.CharField(max_length=16, default="done", help_text="done or undone.")

    def __str__(self) -> str:
        return f"{self.service}: {self.state}"


class OutgoingEmail(models.Model):
    """An e-mail is stored as data and the ID of a template."""

    key = models.CharField(max_length=200, unique=True, help_text="The idempotency key.")
    template_id = models.CharField(max_length=64)
    data = models.JSONField()

    def __str__(self) -> str:
        return f"{self.template_id} ({self.pk})"


class SuppressedAddress(models.Model):
    """An address that must not be written to: it bounced, or its owner objected."""

    email = models.EmailField(unique=True)

    class Meta:
        verbose_name_plural = "suppressed addresses"

    def __str__(self) -> str:
        return self.email
