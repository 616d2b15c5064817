"""The database of the second service."""

from django.conf import settings

__all__ = ["ENROLLMENT_DATABASE"]

ENROLLMENT_DATABASE = "participant" if "participant" in settings.DATABASES else "default"
