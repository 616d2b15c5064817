"""Keeps a request on one thread.

Under ASGI, Django changes threads before and after each middleware that does not await, which is true of all of ours.
A synchronous middleware in the innermost place makes Django run all of them, and the view, on one thread.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import sync_only_middleware

__all__ = ["one_thread"]


@sync_only_middleware
def one_thread(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """A middleware that does nothing except being synchronous."""
    return get_response
