"""The body of a request: strict JSON, of one of the media types that mean it."""

from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser

from sagaflow import conf
from sagaflow.core.payload import parse

__all__ = ["StrictParser", "UnsupportedType", "read_json"]

ENVELOPE = 16 * 1024
"""Bytes around a payload that is as long as PAYLOAD_LIMIT allows; the engine judges the payload itself."""
MEDIA_TYPES = ("application/json", "application/cloudevents+json")


class UnsupportedType(Exception):
    """The body is declared to be something else than JSON."""

    def __init__(self, media_type: str) -> None:
        super().__init__(f"The media type '{media_type[:100]}' is not supported; send {' or '.join(MEDIA_TYPES)}.")


class StrictParser(Parser):
    """Reads bodies by the rules of ``core.payload``."""

    def parse_body(self, request: HttpRequest) -> Any:
        return read_json(request)


def read_json(request: HttpRequest) -> Any:
    """The value of the body.

    Raises:
        UnsupportedType: it is declared to be something else.
        InvalidPayload: it is no strict JSON.
    """
    if request.content_type not in MEDIA_TYPES:
        raise UnsupportedType(request.content_type or "")
    limit = conf.current().payload_limit + ENVELOPE
    return parse(request.body, what="The body of the request", limit=limit)
