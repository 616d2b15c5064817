"""The timeouts of MusicCorp.

MUSICCORP_REACTION (environment): seconds within which each service has to react; default one minute, so that a demo
soon shows a missing reaction.
MUSICCORP_POST (environment): seconds that the post may take to report a delivery; default two weeks.
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
