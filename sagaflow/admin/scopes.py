"""Scopes: to which sagas or teams the permissions of a group are narrowed. Made here; see `sagaflow.access`."""

from django.contrib import admin

from sagaflow.models import Scope

__all__ = ["ScopeAdmin"]


@admin.register(Scope)
class ScopeAdmin(admin.ModelAdmin):
    list_display = ("group", "saga", "team")
    list_filter = ("group",)
    search_fields = ("group__name", "saga", "team")
    fields = ("group", "saga", "team")
    list_select_related = ("group",)
