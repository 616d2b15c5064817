"""The tables of the services, to look into and to cause what the scenario needs."""

from django.contrib import admin

from examples.musiccorp import models

for _model in (
    models.Customer,
    models.LoyaltyAccount,
    models.LoyaltyBug,
    models.UnknownAddress,
    models.Pack,
    models.Email,
):
    admin.site.register(_model)
