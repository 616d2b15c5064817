"""The tables of the services, to look into and to cause what the scenario needs."""

from django.contrib import admin

from examples.provisioning import models

for _model in (
    models.User,
    models.TransactionRecord,
    models.OutgoingEmail,
    models.SuppressedAddress,
    models.ProviderUser,
    models.ProviderOutage,
):
    admin.site.register(_model)
