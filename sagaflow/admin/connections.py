"""The page of connections to HTTP participants, the only place where their addresses are set."""

from django.contrib import admin

from sagaflow.admin.formats import at
from sagaflow.admin.robust import RobustAdmin
from sagaflow.models import Connection

__all__ = ["ConnectionAdmin"]


@admin.register(Connection)
class ConnectionAdmin(RobustAdmin):
    list_display = ("name", "scheme", "host", "port", "base_path", "allow", at("updated_at"))
    list_filter = ("scheme",)
    search_fields = ("name", "host")
    date_hierarchy = "updated_at"
    fieldsets = (
        (None, {"fields": ("name",)}),
        ("Address", {"fields": ("scheme", "host", "port", "base_path", "allow")}),
        ("Credentials", {"fields": ("header", "secret", "signing_secret")}),
    )
