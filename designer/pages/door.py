"""The entrance of every page: a login first, and words where an address takes only what a form sends."""

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlsplit, urlunsplit

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import render

from designer.drafts.time_limit import OutOfTime, limited
from designer.preferences import back_of, in_zone

__all__ = ["entered"]

ONLY_A_FORM = (
    "This address takes only what the form of a page sends, and nothing was sent now, so nothing was changed. "
    "Open the page with the form and send it again."
)


def entered(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Return the page behind a login, shown in the time zone of the user and within the time of an answer.

    A form that is sent after its session ended leads back to its page, because the login can repeat no form. To open
    an address that only takes forms gives a page that says so, where Django gives an empty answer.
    """
    page = in_zone(view)

    @login_not_required  # it asks for the login itself, and the middleware would come before it
    @wraps(view)
    def behind_login(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(_wanted(request))
        try:
            with limited():
                answer = page(request, *args, **kwargs)
        except OutOfTime as late:
            context = {"title": "This took too long", "detail": str(late)}
            return render(request, "sagaflow/error.html", context, status=503)
        if not isinstance(answer, HttpResponseNotAllowed) or request.method not in ("GET", "HEAD"):
            return answer
        context = {"title": "Nothing was sent", "detail": ONLY_A_FORM}
        told = render(request, "sagaflow/error.html", context, status=answer.status_code)
        told["Allow"] = answer["Allow"]
        return told

    return behind_login


def _wanted(request: HttpRequest) -> str:
    """Return where the login leads: to the address asked for; after a form, to the page of the form."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    page = urlsplit(back_of(request))
    return urlunsplit(("", "", page.path, page.query, ""))
