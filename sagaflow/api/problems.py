"""Answers every error with ``application/problem+json`` (RFC 9457). ``detail`` names the problem and the remedy."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus
from typing import Any, TypeVar

from django.core.exceptions import RequestDataTooBig
from django.core.signals import got_request_exception
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from sagaflow.api.body import UnsupportedType
from sagaflow.core.errors import InvalidPayload, Refused
from sagaflow.counting import counted
from sagaflow.registry import UnknownSaga
from sagaflow.store import Overtaken, UnknownRun
from sagaflow.store.errors import BadFilter, Broken

E = TypeVar("E", bound=Exception)

__all__ = ["NOTHING_HERE", "Problem", "handle_errors", "problem"]

logger = counted(__name__)

NOTHING_HERE = "This address does not exist; openapi.json lists the addresses."
MEDIA_TYPE = "application/problem+json"
STATUS_OF = {
    "unknown": HTTPStatus.NOT_FOUND,
    "barred": HTTPStatus.FORBIDDEN,
    "forged": HTTPStatus.NOT_FOUND,
    "used": HTTPStatus.GONE,
    "late": HTTPStatus.GONE,
    "stale": HTTPStatus.GONE,
    "duplicate": HTTPStatus.CONFLICT,
    "not-applicable": HTTPStatus.CONFLICT,
    "not-waiting": HTTPStatus.CONFLICT,
    "outdated": HTTPStatus.CONFLICT,
    "asked": HTTPStatus.CONFLICT,
    "too-many": HTTPStatus.TOO_MANY_REQUESTS,
}
"""The status of each code of a refusal. Every other refusal is about the content of the request: 422."""


class Problem(Exception):
    """An error with its status. ``extra`` has further members of the document."""

    def __init__(self, status: int, code: str, detail: str, **extra: object) -> None:
        self.status, self.code, self.detail, self.extra = status, code, detail, extra
        super().__init__(detail)


def problem(
    status: int, code: str, detail: str, *, headers: Mapping[str, str] | None = None, **extra: object
) -> HttpResponse:
    """Return the response with a problem document. ``extra`` has further members of it."""
    document = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
    }
    return HttpResponse(
        json.dumps(document | extra), status=status, content_type=MEDIA_TYPE, headers=dict(headers or {})
    )


def handle_errors(api: NinjaAPI) -> None:
    """Let ``api`` answer every error with a problem document."""
    handlers: dict[type[Exception], Callable[[Any], HttpResponse]] = {
        Problem: lambda error: problem(error.status, error.code, error.detail, **error.extra),
        UnknownRun: lambda error: problem(404, "unknown", str(error)),
        UnknownSaga: lambda error: problem(404, "unknown", str(error)),
        Refused: lambda error: problem(STATUS_OF.get(error.code, 422), error.code, str(error)),
        BadFilter: lambda error: problem(422, error.code, str(error)),
        InvalidPayload: lambda error: problem(400, "bad-json", str(error)),
        UnsupportedType: lambda error: problem(415, "unsupported-type", str(error)),
        Overtaken: lambda error: problem(409, "overtaken", str(error)),
        Http404: lambda _: problem(404, "unknown", NOTHING_HERE),
        RequestDataTooBig: lambda _: problem(413, "too-long", "The body is too long; pass a reference to large data."),
        Broken: _of_storage,
        OperationalError: _of_database,
        ValidationError: _of_validation,
        HttpError: _of_http,
    }
    for kind, answer in handlers.items():
        api.add_exception_handler(kind, partial(_answered, answer))
    api.add_exception_handler(Exception, _unforeseen)  # type: ignore[arg-type]  # Ninja passes no class here


def _answered(answer: Callable[[E], HttpResponse], _: HttpRequest, error: E) -> HttpResponse:
    return answer(error)


def _of_validation(error: ValidationError) -> HttpResponse:
    faults = [
        {"where": "/".join(str(part) for part in fault["loc"]), "message": str(fault["msg"])} for fault in error.errors
    ]
    text = "; ".join(f"{fault['where']}: {fault['message']}" for fault in faults)
    return problem(422, "invalid", f"The request is not valid: {text}.", errors=faults)


def _of_http(error: HttpError) -> HttpResponse:
    match error.__cause__:
        case InvalidPayload() as cause:
            return problem(400, "bad-json", str(cause))
        case UnsupportedType() as cause:
            return problem(415, "unsupported-type", str(cause))
        case _:
            pass
    if error.status_code == HTTPStatus.UNAUTHORIZED:
        detail = "Log in, or send an API token as Authorization: Bearer …; administrators make tokens in the admin."
        return problem(401, "unauthenticated", detail, headers={"WWW-Authenticate": "Bearer"})
    return problem(error.status_code, "refused", str(error))


def _of_storage(error: Broken) -> HttpResponse:
    logger.error("A request of the API failed: %s", type(error).__name__)
    detail = "The stored run or its definition cannot be read. `sagaflow verify` says what is wrong."
    return problem(500, "unreadable", detail)


def _of_database(error: OperationalError) -> HttpResponse:
    logger.warning("The database refused to work for a request of the API: %s", error)
    detail = "The database is busy or unavailable; nothing was changed. Send the request again."
    return problem(503, "unavailable", detail, headers={"Retry-After": "1"})


def _unforeseen(request: HttpRequest, error: Exception) -> HttpResponse:
    route = request.resolver_match.route if request.resolver_match else "(no route)"
    logger.error("A request of the API failed: %s %s", request.method, route, exc_info=error)
    got_request_exception.send(sender=None, request=request)
    return problem(500, "failed", "The request failed because of an error of the site; its log has the details.")
