"""Pages with data are not kept by the browser: after a logout, the Back button shows nothing."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import sync_only_middleware

__all__ = ["no_store"]


@sync_only_middleware
def no_store(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Add ``Cache-Control: no-store`` to every answer of a view that does not say itself how long it may be kept."""

    def answered(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return answered
