"""The admin of the site: Sagas come first, before people and the tables of examples."""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig

__all__ = ["SagaAdmin", "SagaAdminSite"]

FIRST = "sagaflow"


class SagaAdminSite(AdminSite):
    """Django's admin with another order of the apps."""

    site_header = site_title = "Sagaflow"

    def get_app_list(self, request: Any, app_label: str | None = None) -> list[Any]:
        """Return the apps by name, Sagas first."""
        return sorted(super().get_app_list(request, app_label), key=lambda app: app["app_label"] != FIRST)


class SagaAdmin(AdminConfig):
    """The app of the admin, with that site as its default."""

    default_site = "config.admin_site.SagaAdminSite"
