"""The error pages of the site: a page that does not exist, and a page that the visitor may not see."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

__all__ = ["forbidden", "not_found"]


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: repeats the text of a page that reported what is missing, but never the address."""
    detail = _message(exception) or "There is no page at this address."
    return render(request, "sagaflow/error.html", {"title": "Not found", "detail": detail}, status=404)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: the visitor is known, and lacks a permission or is kept away by a rule, as the page reported."""
    general = "Your account may not see this. Ask an administrator for the permission, such as “Can view run”."
    context = {"title": "Not allowed", "detail": _message(exception) or general}
    return render(request, "sagaflow/error.html", context, status=403)


def _message(exception: Exception) -> str:
    """Return what a page reported; empty: nothing."""
    return exception.args[0] if exception.args and isinstance(exception.args[0], str) else ""
