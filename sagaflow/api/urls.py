"""The addresses of the API. A request without a user gets 401, instead of a redirect to the login page."""

from collections.abc import Callable
from functools import partial, wraps

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI

from sagaflow.api import acts, callbacks, events, runs, sagas, second_person
from sagaflow.api.auth import Session, Token
from sagaflow.api.body import StrictParser
from sagaflow.api.openapi import openapi_document, query_names
from sagaflow.api.problems import NOTHING_HERE, handle_errors, problem
from sagaflow.api.unknown_parameters import without_unknown_parameters
from sagaflow.core.json_value import Json

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
api.add_router("/runs", second_person.of_runs)
api.add_router("/requests", second_person.router)
api.add_router("/sagas", sagas.router)
api.add_router("/events", events.router)
api.add_router("/callbacks", callbacks.router)


@api.get("/openapi.json", include_in_schema=False, url_name="openapi")
def openapi(request: HttpRequest) -> dict[str, Json]:
    """Describe this API as OpenAPI 3.1."""
    return openapi_document(api, request.path.removesuffix("openapi.json"))


def nothing_here(_: HttpRequest, **__: object) -> HttpResponse:
    """Answer a request to any other address."""
    return problem(404, "unknown", NOTHING_HERE)


def door(view: View) -> View:
    """Let a view check the user itself, and answer a method that is not allowed with a problem document."""

    @csrf_exempt
    @login_not_required
    @never_cache
    @wraps(view)
    def entered(request: HttpRequest, **arguments: object) -> HttpResponse:
        try:
            response = view(request, **arguments)
        except Http404:
            return nothing_here(request)
        if "token" in arguments:
            response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001 - Django would log the token
        if response.status_code != 405:  # noqa: PLR2004 - method not allowed
            return response
        detail = f"The method {request.method} is not allowed here; use {response['Allow']}."
        return problem(405, "method", detail, headers={"Allow": response["Allow"]})

    return entered


def _opened(pattern: URLPattern | URLResolver) -> URLPattern:
    if isinstance(pattern, URLResolver) or pattern.callback is None:
        raise TypeError(f"The API has an address without a view: {pattern}.")
    path = str(pattern.pattern).replace("<", "{").replace(">", "}")
    pattern.callback = door(without_unknown_parameters(pattern.callback, partial(query_names, api, path)))
    return pattern


patterns, application, namespace = api.urls
urlpatterns = [
    path("", include(([_opened(pattern) for pattern in patterns], application), namespace=namespace)),
    re_path(r"^(?P<rest>.*)$", door(nothing_here)),
]
