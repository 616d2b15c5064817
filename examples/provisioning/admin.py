"""The tables of the services in the admin, to inspect them and to cause failures."""

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
