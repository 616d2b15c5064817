"""The tables of OrderService, PaymentService and InventoryService, and of a consumer of events about ended sagas."""

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


# OrderService


class Order(models.Model):
    number = models.CharField(max_length=64, unique=True)
    customer = models.CharField(max_length=64)
    item = models.CharField(max_length=64)
    quantity = models.PositiveIntegerField()
    status = models.CharField(max_length=16, help_text="created or cancelled.")

    def __str__(self) -> str:
        return f"{self.number} ({self.status})"


class OrderEntry(Effect):
    order = models.CharField(max_length=64)
    what = models.CharField(max_length=16, help_text="created or cancelled.")

    class Meta:
        verbose_name_plural = "order entries"


# PaymentService


class Account(models.Model):
    customer = models.CharField(max_length=64, unique=True)
    funds = models.PositiveIntegerField(help_text="In cents.")
    reserved = models.PositiveIntegerField(default=0, help_text="In cents.")

    def __str__(self) -> str:
        return self.customer


class FundsEntry(Effect):
    customer = models.CharField(max_length=64)
    amount = models.PositiveIntegerField(help_text="In cents.")
    what = models.CharField(max_length=16, help_text="reserved or cancelled.")

    class Meta:
        verbose_name_plural = "funds entries"


# InventoryService


class Item(models.Model):
    name = models.CharField(max_length=64, unique=True)
    available = models.PositiveIntegerField()

    def __str__(self) -> str:
        return self.name


class ItemEntry(Effect):
    item = models.CharField(max_length=64)
    quantity = models.PositiveIntegerField()
    what = models.CharField(max_length=16, help_text="reserved or released.")

    class Meta:
        verbose_name_plural = "item entries"


# a consumer of the output stream


class News(models.Model):
    event_id = models.CharField(max_length=100, unique=True)
    event = models.CharField(max_length=128)
    run = models.CharField(max_length=64)
    summary = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "news"

    def __str__(self) -> str:
        return f"{self.event} of {self.run}"
