"""Reads the body of a request, which must be strict JSON with a media type of JSON."""

from django.http import HttpRequest
from ninja.parser import Parser

from sagaflow import conf
from sagaflow.cloud_events import MEDIA_TYPE
from sagaflow.core.errors import InvalidPayload
from sagaflow.core.json_value import Json
from sagaflow.core.payload import parse

__all__ = ["NO_BODY", "StrictParser", "UnsupportedType", "read_json"]

ENVELOPE = 16 * 1024
"""Bytes that a body may have besides its payload. The engine compares the payload itself with PAYLOAD_LIMIT."""
NO_BODY = "The body of the request is empty; send a JSON object."
MEDIA_TYPES = ("application/json", MEDIA_TYPE)


class UnsupportedType(Exception):
    """The media type of the body is not JSON."""

    def __init__(self, media_type: str) -> None:
        super().__init__(f"The media type '{media_type[:100]}' is not supported; send {' or '.join(MEDIA_TYPES)}.")


class StrictParser(Parser):
    """Lets ninja read bodies by the rules of ``core.payload``."""

    def parse_body(self, request: HttpRequest) -> Json:
        return read_json(request)


def read_json(request: HttpRequest) -> Json:
    """Return the value of the body.

    Raises:
        UnsupportedType: the media type is not JSON.
        InvalidPayload: the body is empty, or not strict JSON.
    """
    if request.content_type not in MEDIA_TYPES:
        raise UnsupportedType(request.content_type or "")
    if not request.body.strip():
        raise InvalidPayload(NO_BODY)
    limit = conf.current().payload_limit + ENVELOPE
    return parse(request.body, what="The body of the request", limit=limit)
