"""The tables of the services in the admin, to inspect them and to cause failures."""

from django.contrib import admin

from examples.streamtech import models

for _model in (
    models.Order,
    models.PurchaseOrder,
    models.StockItem,
    models.StockMovement,
    models.Parcel,
    models.Carrier,
    models.Receipt,
    models.GatewayAccount,
    models.GatewayTransaction,
    models.GatewayFault,
    models.PointsEntry,
    models.Notice,
    models.TasteProfile,
    models.Recommendation,
):
    admin.site.register(_model)
