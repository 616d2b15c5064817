"""The tables of the services, to look into and to cause what the scenario needs."""

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
