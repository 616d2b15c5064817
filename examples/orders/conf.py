"""The timeouts of the shop.

ORDERS_REACTION (environment): seconds within which each service has to react; default one hour.
ORDERS_RESTOCK (environment): seconds after which an order that found no item is tried again; default six hours.
"""

import os

from django.core.exceptions import ImproperlyConfigured

__all__ = ["REACTION", "RESTOCK"]


def _seconds(variable: str, default: float) -> float:
    given = os.environ.get(variable, "").strip()
    try:
        seconds = float(given or default)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise ImproperlyConfigured(f"{variable} is {given!r}; give a number of seconds above 0, such as {variable}=2.")
    return seconds


REACTION = _seconds("ORDERS_REACTION", 3_600)
RESTOCK = _seconds("ORDERS_RESTOCK", 6 * 3_600)
