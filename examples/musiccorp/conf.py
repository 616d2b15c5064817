"""How patient MusicCorp is.

MUSICCORP_REACTION (environment): seconds within which each service has to have reacted; default a minute, so that
a demo soon shows a missing one.
MUSICCORP_POST (environment): seconds that the post may take to report a delivery; default a fortnight.
"""

import os

from django.core.exceptions import ImproperlyConfigured

__all__ = ["POST", "REACTION"]


def _seconds(variable: str, default: float) -> float:
    given = os.environ.get(variable, "").strip()
    try:
        seconds = float(given or default)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise ImproperlyConfigured(f"{variable} is {given!r}; give a number of seconds above 0, such as {variable}=2.")
    return seconds


REACTION = _seconds("MUSICCORP_REACTION", 60)
POST = _seconds("MUSICCORP_POST", 14 * 86_400)
