"""Browsers ask for ``/favicon.ico`` where a page names no icon: the admin, the API, an error."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static

__all__ = ["favicon"]


@login_not_required
def favicon(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Redirect to the icon of the pages."""
    return redirect(static("designer/icon.svg"))
