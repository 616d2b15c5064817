"""The tables of five services: each of the first three has what it offers and its bookings. Money is in cents."""

from typing import Any, Self

from django.db import models
from django.db.models import F

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


class Offer(models.Model):
    """Something that can be booked as long as one is free."""

    name = models.CharField(max_length=64, unique=True)
    free = models.PositiveIntegerField()
    price = models.PositiveIntegerField(help_text="In cents.")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @classmethod
    def take(cls, name: str) -> Self | None:
        """Take one and return its offer. None if none is free, or if there is no such offer."""
        taken = cls.objects.filter(name=name, free__gt=0).update(free=F("free") - 1)
        return cls.objects.get(name=name) if taken else None

    @classmethod
    def give_back(cls, name: str) -> None:
        cls.objects.filter(name=name).update(free=F("free") + 1)


class Booking(Effect):
    offer = models.CharField(max_length=64)
    traveller = models.CharField(max_length=64)
    status = models.CharField(max_length=16, default="booked", help_text="booked or cancelled.")

    class Meta:
        abstract = True


# flights


class Flight(Offer):
    pass


class FlightBooking(Booking):
    pass


# hotels


class Hotel(Offer):
    """The price is that of one night."""


class HotelBooking(Booking):
    pass


# cars


class Car(Offer):
    pass


class Rental(Booking):
    pass


# cards


class Card(models.Model):
    name = models.CharField(max_length=64, unique=True)
    limit = models.PositiveIntegerField(help_text="The amount that can still be charged, in cents.")

    def __str__(self) -> str:
        return self.name


class Charge(Effect):
    card = models.CharField(max_length=64)
    amount = models.PositiveIntegerField(help_text="In cents.")
    status = models.CharField(max_length=16, default="charged", help_text="charged or refunded.")


# mail


class Itinerary(Effect):
    recipient = models.CharField(max_length=64)
    bookings = models.CharField(max_length=200)

    class Meta:
        verbose_name_plural = "itineraries"
