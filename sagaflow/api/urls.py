"""The addresses of the API. It answers strangers itself, with 401, instead of leading programs to a login page."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, include, path, re_path
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI

from sagaflow.api import acts, callbacks, events, runs
from sagaflow.api.asked import strictly_asked
from sagaflow.api.auth import Session, Token
from sagaflow.api.body import StrictParser
from sagaflow.api.described import described, query_names
from sagaflow.api.problems import NOTHING_HERE, handle_errors, problem

__all__ = ["api", "urlpatterns"]

View = Callable[..., HttpResponse]

api = NinjaAPI(
    title="Sagaflow",
    version="1",
    description=__doc__,
    urls_namespace="sagaflow-api",
    auth=[Token(), Session()],
    parser=StrictParser(),
    docs_url=None,
    openapi_url=None,
)
handle_errors(api)
api.add_router("/runs", runs.router)
api.add_router("/runs", acts.router)
api.add_router("/events", events.router)
api.add_router("/callbacks", callbacks.router)


@api.get("/openapi.json", include_in_schema=False, url_name="openapi")
def openapi(request: HttpRequest) -> dict[str, Any]:
    """This API as OpenAPI 3.1."""
    return described(api, request.path.removesuffix("openapi.json"))


def nothing_here(_: HttpRequest, **__: Any) -> HttpResponse:
    """Any other address."""
    return problem(404, "unknown", NOTHING_HERE)


def door(view: View) -> View:
    """Lets strangers in as far as the view itself checks them, and makes a problem of a method that is not allowed."""

    @csrf_exempt
    @login_not_required
    @never_cache
    @wraps(view)
    def entered(request: HttpRequest, **given: Any) -> HttpResponse:
        try:
            response = view(request, **given)
        except Http404:
            return nothing_here(request)
        if response.status_code != 405:  # noqa: PLR2004 - method not allowed
            return response
        detail = f"{request.method} is not possible here; use {response['Allow']}."
        return problem(405, "method", detail, headers={"Allow": response["Allow"]})

    return entered


def _opened(pattern: URLPattern) -> URLPattern:
    path = str(pattern.pattern).replace("<", "{").replace(">", "}")
    pattern.callback = door(strictly_asked(pattern.callback, partial(query_names, api, path)))
    return pattern


patterns, application, namespace = api.urls
urlpatterns = [
    path("", include(([_opened(pattern) for pattern in patterns], application), namespace=namespace)),
    re_path(r"^(?P<rest>.*)$", door(nothing_here)),
]
