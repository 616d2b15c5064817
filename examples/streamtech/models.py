"""The tables of StreamTech's services, one section per service.

Each act of a service leaves one row of an `Effect`, unique by idempotency key, so that effects can be counted.
"""

from typing import Any, Self

from django.db import models

from examples.streamtech.conf import PARTNER_DATABASE
from sagaflow import Context


class Partners(models.Manager):
    """Finds the rows in the database of the partners."""

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().using(PARTNER_DATABASE)


class Effect(models.Model):
    """Something that a service did once, for one step of one run."""

    key = models.CharField(max_length=200, unique=True, help_text="The idempotency key.")
    correlation_id = models.CharField(max_length=64, db_index=True, help_text="The run that it belongs to.")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.key

    @classmethod
    def leave(cls, ctx: Context, **fields: Any) -> bool:
        """Create the row of this attempt. Return False if an earlier attempt created it already."""
        defaults = {"correlation_id": ctx.correlation_id, **fields}
        return cls.objects.get_or_create(key=ctx.key, defaults=defaults)[1]

    @classmethod
    def to_undo(cls, ctx: Context) -> Self | None:
        """The effect that this attempt has to undo. None if the action never took effect."""
        return cls.objects.filter(key=f"{ctx.key.removesuffix(':undo')}:do").first()


# order


class Order(models.Model):
    number = models.CharField(max_length=64, unique=True)
    customer = models.CharField(max_length=64)
    sku = models.CharField(max_length=64)
    quantity = models.PositiveIntegerField()
    amount = models.PositiveIntegerField(help_text="In cents.")
    status = models.CharField(max_length=16, help_text="placed or cancelled.")

    def __str__(self) -> str:
        return f"{self.number} ({self.status})"


class OrderEntry(Effect):
    order = models.CharField(max_length=64)
    what = models.CharField(max_length=16, help_text="placed or cancelled.")

    class Meta:
        verbose_name_plural = "order entries"


class PurchaseOrder(models.Model):
    number = models.CharField(max_length=64, unique=True)
    sku = models.CharField(max_length=64)
    quantity = models.PositiveIntegerField()
    status = models.CharField(max_length=16, default="open", help_text="open or closed.")

    def __str__(self) -> str:
        return f"{self.number} ({self.status})"


class PurchaseEntry(Effect):
    purchase_order = models.CharField(max_length=64)
    what = models.CharField(max_length=16, help_text="closed or reopened.")

    class Meta:
        verbose_name_plural = "purchase entries"


# warehouse


class StockItem(models.Model):
    """The stock in the books (`counted`, `reserved`) and in reality (`on_shelf`), which can differ."""

    sku = models.CharField(max_length=64, unique=True)
    counted = models.PositiveIntegerField()
    reserved = models.PositiveIntegerField(default=0)
    on_shelf = models.PositiveIntegerField()

    def __str__(self) -> str:
        return self.sku


class StockMovement(Effect):
    sku = models.CharField(max_length=64)
    quantity = models.PositiveIntegerField()
    what = models.CharField(max_length=16, help_text="reserved, released, packaged, restocked or unstocked.")
    reference = models.CharField(max_length=64, help_text="The order, return or delivery.")


class Parcel(models.Model):
    order = models.CharField(max_length=64, unique=True)
    carrier = models.CharField(max_length=64, blank=True)
    status = models.CharField(max_length=16, help_text="packaged or dispatched.")

    def __str__(self) -> str:
        return f"{self.order} ({self.status})"


class Dispatch(Effect):
    order = models.CharField(max_length=64)
    carrier = models.CharField(max_length=64)

    class Meta:
        verbose_name_plural = "dispatches"


class Carrier(models.Model):
    name = models.CharField(max_length=64, unique=True)
    booked_out_days = models.PositiveIntegerField(
        default=0, help_text="How many more days, asked once a day, it has no van."
    )

    def __str__(self) -> str:
        return self.name


class Receipt(Effect):
    """Goods that came in, or were sent back."""

    reference = models.CharField(max_length=64, help_text="The return or the delivery.")
    sku = models.CharField(max_length=64)
    quantity = models.PositiveIntegerField()
    what = models.CharField(max_length=16, help_text="received or sent_back.")


# payment: the data of the service itself, and the books of the external gateway


class GatewayAccount(models.Model):
    customer = models.CharField(max_length=64, unique=True)
    balance = models.PositiveIntegerField(help_text="In cents.")
    objects = Partners()

    def __str__(self) -> str:
        return self.customer


class GatewayTransaction(Effect):
    payment_id = models.CharField(max_length=64, help_text="A refund bears that of its payment.")
    order = models.CharField(max_length=64)
    customer = models.CharField(max_length=64)
    amount = models.PositiveIntegerField(help_text="In cents.")
    what = models.CharField(max_length=16, help_text="charged or refunded.")
    objects = Partners()


class GatewayFault(models.Model):
    """The way in which the gateway fails its next calls."""

    KINDS = ("times_out", "answers_500", "loses_answer")
    kind = models.CharField(max_length=16, choices=[(kind, kind) for kind in KINDS])
    call = models.CharField(max_length=16, help_text="charge or refund.")
    remaining = models.PositiveIntegerField(help_text="For how many more calls.")
    objects = Partners()

    def __str__(self) -> str:
        return f"{self.call} {self.kind} ({self.remaining})"


# loyalty


class PointsEntry(Effect):
    customer = models.CharField(max_length=64)
    order = models.CharField(max_length=64)
    points = models.IntegerField(help_text="Below 0 when revoked.")
    objects = Partners()

    class Meta:
        verbose_name_plural = "points entries"


# notifications


class Notice(Effect):
    customer = models.CharField(max_length=64)
    order = models.CharField(max_length=64)
    template = models.CharField(max_length=32, help_text="order_confirmed or order_cancelled.")


# recommendation, the observer


class TasteProfile(models.Model):
    customer = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return self.customer


class Recommendation(Effect):
    customer = models.CharField(max_length=64)
    sku = models.CharField(max_length=64)
