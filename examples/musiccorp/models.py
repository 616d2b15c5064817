"""The tables of MusicCorp's services. What a service did is one row, unique by idempotency key."""

from typing import Any, Self

from django.db import models

from sagaflow import Context


class Effect(models.Model):
    """Something that a service did once, for one step of one run."""

    key = models.CharField(max_length=200, unique=True, help_text="The idempotency key.")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.key

    @classmethod
    def leave(cls, ctx: Context, **fields: Any) -> Self:
        """Create the row of this attempt, or return the row of an earlier attempt."""
        return cls.objects.get_or_create(key=ctx.key, defaults=fields)[0]

    @classmethod
    def to_undo(cls, ctx: Context) -> Self | None:
        """The effect that this attempt has to undo. None if the action never took effect."""
        return cls.objects.filter(key=f"{ctx.key.removesuffix(':undo')}:do").first()


class Customer(Effect):
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=100)
    address = models.CharField(max_length=200)
    status = models.CharField(max_length=16, default="active", help_text="active or closed.")


class LoyaltyAccount(Effect):
    customer = models.CharField(max_length=254)
    status = models.CharField(max_length=16, default="open", help_text="open or closed.")


class LoyaltyBug(models.Model):
    """While a row exists, the loyalty-points bank accepts events and loses them."""

    since = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"since {self.since:%Y-%m-%d %H:%M}"


class UnknownAddress(models.Model):
    """An address that the post does not deliver to."""

    address = models.CharField(max_length=200, unique=True)

    class Meta:
        verbose_name_plural = "unknown addresses"

    def __str__(self) -> str:
        return self.address


class Pack(Effect):
    """A parcel or letter in the post. Its callback is how the post reports the delivery, days later."""

    address = models.CharField(max_length=200)
    content = models.CharField(max_length=16, help_text="welcome or apology.")
    status = models.CharField(max_length=16, default="posted", help_text="posted, delivered or recalled.")
    callback = models.CharField(max_length=200, blank=True)


class Email(Effect):
    recipient = models.EmailField()
    template = models.CharField(max_length=16, help_text="welcome or apology.")
