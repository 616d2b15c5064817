"""The choices of a user for this browser, taken from the menus of the top bar. It works without scripts."""

from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from designer.pages.columns import Columns
from designer.preferences import COLUMNS, THEME, THEMES, ZONE, back_of, keep, zone_named

__all__ = ["preferences"]


@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Keep ``theme``, ``zone`` or the columns of lists in a cookie, and redirect to the page that has the menu.

    Columns are ``columns=yes`` with a ``column`` for each name and an ``attribute`` for each search attribute.
    """
    back = back_of(request)
    chooses_columns = "columns" in request.POST
    answer = redirect(_without_columns(back) if chooses_columns else back)
    if chooses_columns:
        columns = Columns.of(request.POST.getlist("column"), _attributes(request.POST.getlist("attribute")))
        text = "" if "default" in request.POST else quote(columns.text)
        keep(answer, COLUMNS, text, secure=request.is_secure())
    theme = request.POST.get("theme")
    if theme is not None:
        keep(answer, THEME, theme if theme in THEMES else "", secure=request.is_secure())
    zone = request.POST.get("zone")
    if zone is not None:
        keep(answer, ZONE, zone if zone_named(zone) else "", secure=request.is_secure())
    return answer


def _attributes(typed: list[str]) -> list[str]:
    """Return the names in fields of which each may hold several, separated by commas."""
    return [name for text in typed for name in text.split(",")]


def _without_columns(address: str) -> str:
    """Return the address without the columns of a saved view, which would hide the choice."""
    parts = urlsplit(address)
    rest = [(name, value) for name, value in parse_qsl(parts.query) if name not in ("columns", "cursor")]
    return urlunsplit(parts._replace(query=urlencode(rest)))
