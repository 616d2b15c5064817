"""The settings that differ between a real shop, a demo and a test: the length of a day, and the partners' database.

STREAMTECH_NEXT_DAY (environment): seconds until dispatch is tried again if no carrier has a van; default one day.
STREAMTECH_REACTION (environment): seconds within which each step has to be finished; default one hour.
"""

import os

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

__all__ = ["NEXT_DAY", "PARTNER_DATABASE", "REACTION"]


def _seconds(variable: str, default: float) -> float:
    given = os.environ.get(variable, "").strip()
    try:
        seconds = float(given or default)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise ImproperlyConfigured(f"{variable} is {given!r}; give a number of seconds above 0, such as {variable}=2.")
    return seconds


NEXT_DAY = _seconds("STREAMTECH_NEXT_DAY", 86_400)
REACTION = _seconds("STREAMTECH_REACTION", 3_600)

PARTNER_DATABASE = "participant" if "participant" in settings.DATABASES else "default"
"""The alias of the database that holds the tables of the payment gateway and of the loyalty-points bank."""
