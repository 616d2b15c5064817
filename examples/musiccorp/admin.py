"""The tables of the services in the admin, to inspect them and to cause failures."""

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
