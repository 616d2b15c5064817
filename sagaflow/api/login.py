"""A login for every page, except the views that check the caller themselves, as all views of the API do.

Django's middleware reads the session first and asks afterwards whether the view needs a login. If the database is down,
that read fails outside the view, and a program gets a page instead of the problem document of the API.
"""

from collections.abc import Callable
from typing import Any

from django.contrib.auth import middleware
from django.http import HttpRequest, HttpResponseBase

__all__ = ["LoginRequiredMiddleware"]


class LoginRequiredMiddleware(middleware.LoginRequiredMiddleware):
    """Django's middleware, which leaves a view with ``login_not_required`` alone, and its session unread."""

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[Any, ...],
        view_kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        """Return nothing, which means that the view is called, or the redirect to the login page."""
        if not getattr(view_func, "login_required", True):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)
