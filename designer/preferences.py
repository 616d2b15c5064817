"""The choices of a user for this browser. Each is a cookie, so that the server writes pages that need no change."""

from collections.abc import Callable
from datetime import UTC, tzinfo
from functools import wraps
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import get_script_prefix, reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

__all__ = [
    "BROWSER_ZONE",
    "COLUMNS",
    "THEME",
    "TOUR",
    "THEMES",
    "ZONE",
    "back_of",
    "in_zone",
    "keep",
    "theme_of",
    "zone_named",
    "zone_of",
]

THEME = "sagaflow_theme"
THEMES = ("light", "dark")
"""Without a choice the system decides."""
ZONE = "sagaflow_zone"
"""The name of the time zone that the user chose. Without a choice it is that of the browser."""
BROWSER_ZONE = "sagaflow_browser_zone"
"""The name of the zone of the browser, which a script of the pages tells."""
COLUMNS = "sagaflow_columns"
"""The columns of the list of runs, as text."""
TOUR = "sagaflow_tour"
"""``over``: the user was through with the tour of the designer, or does not want it."""
YEAR = 365 * 24 * 3600
LONGEST = 60


def back_of(request: HttpRequest) -> str:
    """Return the address of the page that a form of the frame was sent from; if it is not ours, that of the runs."""
    address = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if is_ours else reverse("designer:home")


def theme_of(request: HttpRequest) -> str:
    """Return the theme that the user chose; empty: that of the system."""
    chosen = request.COOKIES.get(THEME, "")
    return chosen if chosen in THEMES else ""


def zone_named(name: str) -> tzinfo | None:
    """Return the time zone, ``None`` if there is no such zone."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name) if name and len(name) <= LONGEST else None
    except (ValueError, OSError, KeyError):
        return None


def zone_of(request: HttpRequest) -> tuple[str, bool]:
    """Return the name of the zone in which this user reads times, and whether the user chose it.

    It is empty until the browser told its zone: then the pages say ``UTC`` at each time.
    """
    for cookie in (ZONE, BROWSER_ZONE):
        name = unquote(request.COOKIES.get(cookie, ""))
        if zone_named(name):
            return name, cookie == ZONE
    return "", False


def in_zone(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Return the view, which reads and writes times in the zone of the user."""

    @wraps(view)
    def zoned(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        zone = zone_named(zone_of(request)[0])
        if zone is None:
            return view(request, *args, **kwargs)
        with timezone.override(zone):
            return view(request, *args, **kwargs)

    return zoned


def keep(answer: HttpResponse, cookie: str, value: str, *, secure: bool) -> None:
    """Write a choice into the answer; an empty one is forgotten. Scripts of the pages read it as well."""
    if value:
        answer.set_cookie(cookie, value, YEAR, path=get_script_prefix(), secure=secure, samesite="Lax")
    else:
        answer.delete_cookie(cookie, path=get_script_prefix(), samesite="Lax")
