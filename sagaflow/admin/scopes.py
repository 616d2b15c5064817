"""The page of scopes, which limit permissions of a group to sagas or teams; see `sagaflow.access`."""

from django.contrib import admin

from sagaflow.admin.robust import RobustAdmin
from sagaflow.models import Scope

__all__ = ["ScopeAdmin"]


@admin.register(Scope)
class ScopeAdmin(RobustAdmin):
    list_display = ("group", "permission", "saga", "team")
    list_filter = ("group", "permission")
    search_fields = ("group__name", "saga", "team")
    fields = ("group", "permission", "saga", "team")
    list_select_related = ("group",)
