"""Every page shows the characters that steer as their codes, so that no view or template has to do it."""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.decorators import sync_only_middleware

from sagaflow.core.words.steering import visible

__all__ = ["visible_text"]

SUSPECTS = re.compile(
    rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]|\xd8\x9c|\xe2\x80[\x8e\x8f\xa8-\xae]|\xe2\x81[\xa6-\xa9]"
)
"""The same characters in UTF-8. Most pages have none, and are not decoded."""


FIELDS = re.compile(r"""(<textarea\b.*?</textarea>|\bvalue="[^"]*"|\bvalue='[^']*')""", re.DOTALL)
"""The texts that a form sends again: with codes they would be other data."""


@sync_only_middleware
def visible_text(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Show control characters and marks of direction in pages. Files, JSON and fields of forms stay as they are."""

    def answered(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        html = response.headers.get("Content-Type", "").startswith("text/html; charset=utf-8")
        if html and isinstance(response, HttpResponse) and SUSPECTS.search(response.content):
            response.content = _shown(response.content.decode()).encode()
        return response

    return answered


def _shown(page: str) -> str:
    parts = FIELDS.split(page)  # every second one is of a form
    return "".join(part if number % 2 else visible(part, kept="\t\n\r") for number, part in enumerate(parts))
