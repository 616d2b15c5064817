"""Scopes: to which sagas or teams permissions of a group are narrowed. Made here; see `sagaflow.access`."""

from django.contrib import admin

from sagaflow.admin.robust import Asked
from sagaflow.models import Scope

__all__ = ["ScopeAdmin"]


@admin.register(Scope)
class ScopeAdmin(Asked):
    list_display = ("group", "permission", "saga", "team")
    list_filter = ("group", "permission")
    search_fields = ("group__name", "saga", "team")
    fields = ("group", "permission", "saga", "team")
    list_select_related = ("group",)
