"""Where the tables of the second service lie."""

from django.conf import settings

__all__ = ["ENROLLMENT_DATABASE"]

ENROLLMENT_DATABASE = "participant" if "participant" in settings.DATABASES else "default"
