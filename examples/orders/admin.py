"""The tables of the services in the admin, to inspect them and to cause failures."""

from django.contrib import admin

from examples.orders import models

for _model in (
    models.Order,
    models.OrderEntry,
    models.Account,
    models.FundsEntry,
    models.Item,
    models.ItemEntry,
    models.News,
):
    admin.site.register(_model)
