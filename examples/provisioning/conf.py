"""The database of the external identity provider."""

from django.conf import settings

__all__ = ["PROVIDER_DATABASE"]

PROVIDER_DATABASE = "participant" if "participant" in settings.DATABASES else "default"
