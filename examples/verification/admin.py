"""The tables of the first database, to look into and to cause what the scenario needs."""

from django.contrib import admin

from examples.verification import models

for _model in (models.Customer, models.PendingEnrollment, models.StatusEntry, models.CommitDecision):
    admin.site.register(_model)
