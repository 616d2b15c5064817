"""The choices of a user for this browser, taken from the menus of the top bar. It works without scripts."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from designer.preferences import THEME, THEMES, ZONE, keep, zone_named

__all__ = ["preferences"]


@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Keep ``theme`` or ``zone`` in a cookie, and redirect to the page that has the menu."""
    answer = redirect(_back(request))
    theme = request.POST.get("theme")
    if theme is not None:
        keep(answer, THEME, theme if theme in THEMES else "", secure=request.is_secure())
    zone = request.POST.get("zone")
    if zone is not None:
        keep(answer, ZONE, zone if zone_named(zone) else "", secure=request.is_secure())
    return answer


def _back(request: HttpRequest) -> str:
    address = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if is_ours else reverse("designer:home")
