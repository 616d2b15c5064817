"""Answers every error with ``application/problem+json`` (RFC 9457). ``detail`` names the problem and the remedy."""

import json
import traceback
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from http import HTTPStatus
from typing import Any, TypeVar

from django.core.exceptions import RequestDataTooBig
from django.core.signals import got_request_exception
from django.db import DatabaseError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from sagaflow.api.body import NO_BODY, UnsupportedType
from sagaflow.core.errors import InvalidPayload, Refused
from sagaflow.counting import counted
from sagaflow.registry import UnknownSaga
from sagaflow.store import Overtaken, UnknownRun
from sagaflow.store.errors import BadFilter, Broken

E = TypeVar("E", bound=Exception)

__all__ = ["NOTHING_HERE", "Problem", "handle_errors", "invalid", "problem", "refusal"]

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
    "delegated": HTTPStatus.CONFLICT,
    "second-person": HTTPStatus.CONFLICT,
    InvalidPayload.code: HTTPStatus.BAD_REQUEST,
    "too-many": HTTPStatus.TOO_MANY_REQUESTS,
    "failed": HTTPStatus.INTERNAL_SERVER_ERROR,
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
        Problem: _of_problem,
        UnknownRun: lambda error: problem(404, "unknown", str(error)),
        UnknownSaga: lambda error: problem(404, "unknown", str(error)),
        Refused: lambda error: _of_problem(refusal(error.code, str(error))),
        BadFilter: lambda error: problem(422, error.code, str(error)),
        InvalidPayload: lambda error: _of_problem(refusal(error.code, str(error))),
        UnsupportedType: lambda error: problem(415, "unsupported-type", str(error)),
        Overtaken: lambda error: problem(409, "overtaken", str(error)),
        Http404: lambda _: problem(404, "unknown", NOTHING_HERE),
        RequestDataTooBig: lambda _: problem(413, "too-long", "The body is too long; pass a reference to large data."),
        Broken: _of_storage,
        OperationalError: _of_database,
        DatabaseError: _of_refusing_database,
        ValidationError: _of_validation,
        HttpError: _of_http,
    }
    for kind, answer in handlers.items():
        api.add_exception_handler(kind, partial(_answered, answer))
    api.add_exception_handler(Exception, _unforeseen)  # type: ignore[arg-type]  # Ninja passes no class here


def _answered(answer: Callable[[E], HttpResponse], _: HttpRequest, error: E) -> HttpResponse:
    return answer(error)


def refusal(code: str, detail: str) -> Problem:
    """Return the problem of a refusal, whether it was raised or recorded."""
    return Problem(STATUS_OF.get(code, HTTPStatus.UNPROCESSABLE_ENTITY), code, detail)


def invalid(what: str, found: Iterable[Mapping[str, Any]]) -> Problem:
    """Return the problem of a request that breaks its schema. ``found``: the errors of pydantic; no value is quoted.

    In an error, the first part of ``loc`` is ``body``, ``query``, ``path`` or ``header``.
    """
    faults = [{"where": "/".join(_place(fault["loc"])), "message": _rule(fault)} for fault in found]
    text = "; ".join(f"{fault['where'].partition('/')[2] or 'the body'}: {fault['message']}" for fault in faults)
    return Problem(422, "invalid", f"{what} is not valid: {text}.", errors=faults)


def _of_problem(error: Problem) -> HttpResponse:
    return problem(error.status, error.code, error.detail, **error.extra)  # type: ignore[arg-type]  # no extra headers


def _of_validation(error: ValidationError) -> HttpResponse:
    if any(fault["type"] == "missing" and tuple(fault["loc"]) == ("body", "body") for fault in error.errors):
        return problem(400, "bad-json", NO_BODY)
    return _of_problem(invalid("The request", error.errors))


def _place(loc: Iterable[object]) -> list[str]:
    """Return the path of a fault without the name of the argument of our view that holds all of a body or a query."""
    kind, *rest = map(str, loc)
    return [kind, *(rest[1:] if rest[:1] == [kind] else rest)]


def _rule(fault: Mapping[str, Any]) -> str:
    """Return the rule that is broken, in words for the sender, who does not see our classes."""
    match fault["type"]:
        case "missing":
            return "it is required"
        case "extra_forbidden":
            return "the API does not know this field; leave it out"
        case "literal_error" | "enum":
            return f"use one of {fault['ctx']['expected'].replace(' or ', ', ')}"
        case "none_required":
            return "leave it out"
        case "model_type" | "model_attributes_type":
            return "it must be an object"
        case _:
            return str(fault["msg"]).removeprefix("Value error, ").replace("Input should be", "it must be")


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


def _of_refusing_database(error: DatabaseError) -> HttpResponse:
    # The text of the error quotes the row, which may have sensitive values.
    places = "".join(traceback.format_tb(error.__traceback__)).rstrip()
    logger.error("The database refused the change of a request of the API: %s\n%s", type(error).__name__, places)
    detail = "The database refused the change, and would refuse it again; nothing was changed. The log says where."
    return problem(500, "failed", detail)


def _unforeseen(request: HttpRequest, error: Exception) -> HttpResponse:
    route = request.resolver_match.route if request.resolver_match else "(no route)"
    logger.error("A request of the API failed: %s %s", request.method, route, exc_info=error)
    got_request_exception.send(sender=None, request=request)
    return problem(500, "failed", "The request failed because of an error of the site; its log has the details.")
