"""The tables of the first database in the admin, to inspect them and to cause failures."""

from django.contrib import admin

from examples.verification import models

for _model in (models.Customer, models.PendingEnrollment, models.StatusEntry, models.CommitDecision):
    admin.site.register(_model)
