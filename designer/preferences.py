"""The choices of a user for this browser. Each is a cookie, so that the server writes pages that need no change."""

from django.http import HttpRequest, HttpResponse
from django.urls import get_script_prefix

__all__ = ["THEME", "THEMES", "keep", "theme_of"]

THEME = "sagaflow_theme"
THEMES = ("light", "dark")
"""Without a choice the system decides."""
YEAR = 365 * 24 * 3600


def theme_of(request: HttpRequest) -> str:
    """Return the theme that the user chose; empty: that of the system."""
    chosen = request.COOKIES.get(THEME, "")
    return chosen if chosen in THEMES else ""


def keep(answer: HttpResponse, cookie: str, value: str, *, secure: bool) -> None:
    """Write a choice into the answer; an empty one is forgotten. Scripts of the pages read it as well."""
    if value:
        answer.set_cookie(cookie, value, YEAR, path=get_script_prefix(), secure=secure, samesite="Lax")
    else:
        answer.delete_cookie(cookie, path=get_script_prefix(), samesite="Lax")
