"""The tables of this company, which keeps only the provider's ID of a user, and those of the provider."""

from django.db import models

from examples.provisioning.conf import PROVIDER_DATABASE


class ProviderRows(models.Manager):
    """Finds the rows in the provider's database."""

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().using(PROVIDER_DATABASE)


class ProviderUser(models.Model):
    """A user at the identity provider, the only place that knows a name and an address."""

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
    """A reference to the user at the provider."""

    provider_id = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return self.provider_id


class TransactionRecord(models.Model):
    """A record of what a service did in its part of the saga, for the next service to check."""

    key = models.CharField(max_length=200, unique=True, help_text="The idempotency key.")
    service = models.CharField(max_length=64)
    subject = models.CharField(max_length=64, help_text="The ID of what was made.")
    digest = models.CharField(max_length=64, help_text="sha256 of the data that it was made of.")
    state = models.CharField(max_length=16, default="done", help_text="done or undone.")

    def __str__(self) -> str:
        return f"{self.service}: {self.state}"


class OutgoingEmail(models.Model):
    """An e-mail, stored as data and the ID of a template."""

    key = models.CharField(max_length=200, unique=True, help_text="The idempotency key.")
    template_id = models.CharField(max_length=64)
    data = models.JSONField()

    def __str__(self) -> str:
        return f"{self.template_id} ({self.pk})"


class SuppressedAddress(models.Model):
    """An address to which no e-mail may be sent: mail bounced, or the owner objected."""

    email = models.EmailField(unique=True)

    class Meta:
        verbose_name_plural = "suppressed addresses"

    def __str__(self) -> str:
        return self.email
