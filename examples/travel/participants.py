"""The actions of five services. Each runs in a transaction of its own, which the barrier guards.

The schemas tell the designer what an action takes and gives. The fields of `charge_card` and `send_itinerary` have the
names of what the bookings give, so that "Fill same names" fills them.
"""

from typing import Any

from django.db.models import F

from examples.travel.models import (
    Booking,
    Car,
    Card,
    Charge,
    Flight,
    FlightBooking,
    Hotel,
    HotelBooking,
    Itinerary,
    Offer,
    Rental,
)
from sagaflow import BusinessError, Context
from sagaflow.registry import action

NAME = {"type": "string", "minLength": 1, "maxLength": 64}
CENTS = {"type": "integer", "minimum": 0, "description": "In cents."}
FLIGHT = NAME | {"description": "SF-101 has seats. No seat is free on SF-404."}
HOTEL = NAME | {"description": "Grand has rooms. Alpine is full."}
NIGHTS = {"type": "integer", "minimum": 1, "description": "How many nights in the hotel."}
CAR = NAME | {"description": "A compact car is there. Every van is rented."}
CARD = NAME | {"description": "gold pays everything. The limit of student is too low for a trip."}
"""The fields that a run's input has too: a saga that is drawn with these actions takes their descriptions along."""


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


UNDONE = _object(undone={"type": "boolean", "description": "False: there was nothing to undo."})


@action(
    "flights.book_flight",
    database="default",
    title="Book flight",
    input_schema=_object(traveller=NAME, flight=FLIGHT),
    output_schema=_object(flight_booking=NAME, flight_price=CENTS),
    undo="flights.cancel_flight",
    timeout=60,
)
def book_flight(ctx: Context) -> dict[str, Any]:
    """Take a seat on the flight. It is refused if no seat is free."""
    flight = Flight.take(ctx.input["flight"])
    if flight is None:
        raise BusinessError("no_seats", f"No seat is free on flight {ctx.input['flight']}.")
    booking = FlightBooking.leave(ctx, offer=flight.name, traveller=ctx.input["traveller"])
    return {"flight_booking": f"F-{booking.pk}", "flight_price": flight.price}


@action("flights.cancel_flight", database="default", title="Cancel flight", output_schema=UNDONE)
def cancel_flight(ctx: Context) -> dict[str, Any]:
    """Give the seat back."""
    return _cancel(ctx, FlightBooking, Flight)


@action(
    "hotels.book_hotel",
    database="default",
    title="Book hotel",
    input_schema=_object(traveller=NAME, hotel=HOTEL, nights=NIGHTS),
    output_schema=_object(hotel_booking=NAME, hotel_price=CENTS),
    undo="hotels.cancel_hotel",
    timeout=60,
)
def book_hotel(ctx: Context) -> dict[str, Any]:
    """Take a room for the nights. It is refused if the hotel is full."""
    hotel = Hotel.take(ctx.input["hotel"])
    if hotel is None:
        raise BusinessError("hotel_full", f"No room is free in the hotel {ctx.input['hotel']}.")
    booking = HotelBooking.leave(ctx, offer=hotel.name, traveller=ctx.input["traveller"])
    return {"hotel_booking": f"H-{booking.pk}", "hotel_price": hotel.price * ctx.input["nights"]}


@action("hotels.cancel_hotel", database="default", title="Cancel hotel", output_schema=UNDONE)
def cancel_hotel(ctx: Context) -> dict[str, Any]:
    """Give the room back."""
    return _cancel(ctx, HotelBooking, Hotel)


@action(
    "cars.rent_car",
    database="default",
    title="Rent car",
    input_schema=_object(traveller=NAME, car=CAR),
    output_schema=_object(car_booking=NAME, car_price=CENTS),
    undo="cars.return_car",
    timeout=60,
)
def rent_car(ctx: Context) -> dict[str, Any]:
    """Take a car of this class. It is refused if all are rented."""
    car = Car.take(ctx.input["car"])
    if car is None:
        raise BusinessError("no_car", f"No car of the class {ctx.input['car']} is free.")
    rental = Rental.leave(ctx, offer=car.name, traveller=ctx.input["traveller"])
    return {"car_booking": f"C-{rental.pk}", "car_price": car.price}


@action("cars.return_car", database="default", title="Return car", output_schema=UNDONE)
def return_car(ctx: Context) -> dict[str, Any]:
    """Give the car back."""
    return _cancel(ctx, Rental, Car)


@action(
    "cards.charge_card",
    database="default",
    title="Charge card",
    input_schema=_object(card=CARD, flight_price=CENTS, hotel_price=CENTS, car_price=CENTS),
    output_schema=_object(amount=CENTS),
    undo="cards.refund_card",
    timeout=60,
)
def charge_card(ctx: Context) -> dict[str, Any]:
    """Charge the sum of the prices. The card is declined if the sum is above its limit."""
    card, amount = ctx.input["card"], sum(ctx.input[name] for name in ("flight_price", "hotel_price", "car_price"))
    if not Card.objects.filter(name=card, limit__gte=amount).update(limit=F("limit") - amount):
        raise BusinessError("card_declined", f"The card {card} is declined: {amount / 100:.2f} is above its limit.")
    return {"amount": Charge.leave(ctx, card=card, amount=amount).amount}


@action("cards.refund_card", database="default", title="Refund card", output_schema=UNDONE)
def refund_card(ctx: Context) -> dict[str, Any]:
    """Give the whole amount back."""
    charge = Charge.to_undo(ctx)
    if charge:
        Card.objects.filter(name=charge.card).update(limit=F("limit") + charge.amount)
        Charge.objects.filter(pk=charge.pk).update(status="refunded")
    return {"undone": charge is not None}


@action(
    "mail.send_itinerary",
    database="default",
    title="Send itinerary",
    input_schema=_object(traveller=NAME, flight_booking=NAME, hotel_booking=NAME, car_booking=NAME),
    output_schema=_object(recipient=NAME),
    timeout=60,
)
def send_itinerary(ctx: Context) -> dict[str, Any]:
    """Send the numbers of the three bookings to the traveller."""
    bookings = ", ".join(ctx.input[name] for name in ("flight_booking", "hotel_booking", "car_booking"))
    return {"recipient": Itinerary.leave(ctx, recipient=ctx.input["traveller"], bookings=bookings).recipient}


def _cancel(ctx: Context, bookings: type[Booking], offers: type[Offer]) -> dict[str, Any]:
    booking = bookings.to_undo(ctx)
    if booking:
        offers.give_back(booking.offer)
        bookings.objects.filter(pk=booking.pk).update(status="cancelled")
    return {"undone": booking is not None}
