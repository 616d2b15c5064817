"""The tables of the services in the admin, to inspect them and to cause failures."""

from django.contrib import admin

from examples.travel import models

for _model in (
    models.Flight,
    models.FlightBooking,
    models.Hotel,
    models.HotelBooking,
    models.Car,
    models.Rental,
    models.Card,
    models.Charge,
    models.Itinerary,
):
    admin.site.register(_model)
