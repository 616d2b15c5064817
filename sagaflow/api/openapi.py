"""Describes the API as OpenAPI: the description by ninja, and the answers and problems of each operation."""

from functools import cache
from http import HTTPStatus
from typing import Any

from ninja import NinjaAPI

from sagaflow.api.examples import BODIES, EXAMPLES
from sagaflow.api.schemas import schemas
from sagaflow.core.json_value import Json

__all__ = ["openapi_document", "query_names"]

PROBLEM = {
    "type": "object",
    "description": "RFC 9457: `detail` says what is wrong and what to do; `code` is for programs.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "const": "about:blank"},
        "title": {"type": "string", "description": "the name of the status"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "errors": {
            "type": "array",
            "description": "with code `invalid` or `unknown-parameter`: every fault of the request",
            "items": {
                "type": "object",
                "required": ["where", "message"],
                "properties": {"where": {"type": "string"}, "message": {"type": "string"}},
                "additionalProperties": False,
            },
        },
    },
    "additionalProperties": False,
}
ERRORS = {
    400: ("bad-json", "The body of the request is not JSON: Expecting value at line 1 column 1."),
    401: ("unauthenticated", "Log in, or send an API token as Authorization: Bearer …"),
    403: ("forbidden", "You may not do this to runs of this saga."),
    404: ("unknown", "This address does not exist; openapi.json lists the addresses."),
    409: ("not-applicable", "The step is not parked, so that it cannot be retried."),
    412: ("outdated", "The run has changed since you looked at it. Check its state and decide again."),
    413: ("too-long", "The body is too long; pass a reference to large data."),
    415: ("unsupported-type", "The media type 'text/plain' is not supported; send application/json."),
    422: ("unknown-parameter", "The parameter 'stats' is unknown. Did you mean 'status'?"),
    429: ("too-many", "Too many requests from your address were refused; wait 60 seconds."),
    500: ("failed", "The request failed because of an error of the site; its log has the details."),
    503: ("unavailable", "The database is busy or unavailable; nothing was changed. Send the request again."),
}
"""For each status: an example of a code and a detail."""
NO_SAGA = ("unknown", "There is no saga 'ordr'. Did you mean 'order'?")
MORE: dict[str, dict[int, tuple[str, str] | None]] = {
    "post runs": {
        404: NO_SAGA,
        409: ("duplicate", "Run 3d7c2f9a exists, of another saga or with another input; choose another run ID."),
    },
    "post runs/batch": {
        404: NO_SAGA,
        409: None,
    },
    "get sagas/{name}/asyncapi": {
        404: NO_SAGA,
    },
    "post events": {
        404: ("unknown", "There is no run '3d7c2f9a'; list the runs to see their IDs."),
        409: ("overtaken", "Run 3d7c2f9a went on from journal entry 7 meanwhile; nothing was changed. Try again."),
    },
    "post runs/{run_id}/approvals": {
        409: ("not-waiting", "Step 'agree' is done and does not wait for a decision."),
    },
    "post runs/{run_id}/delegations": {
        409: ("not-waiting", "Step 'agree' is done and does not wait for a decision."),
    },
    "post runs/{run_id}/requests": {
        409: ("not-applicable", "Retry needs no second person here; do it."),
    },
    "post requests/{request_id}/answer": {
        404: ("unknown", "There is no request '5e1f6a62'; list the requests to see their IDs."),
        409: ("outdated", "The run has gone on since 'ann' asked. Look at it, and ask again if it still needs this."),
    },
    "post callbacks/{token}": {
        404: ("forged", "This callback token was never given out."),
        409: ("overtaken", "Run 3d7c2f9a went on from journal entry 7 meanwhile; nothing was changed. Try again."),
        410: ("used", "The token was used already; an answer is taken once."),
        429: ERRORS[429],
    },
}
"""Errors that do not follow from the shape of an operation; ``None``: one that follows, but that it does not have.

The tests cause each error once.
"""


@cache
def openapi_document(api: NinjaAPI, prefix: str) -> dict[str, Json]:
    """Return the whole document. ``prefix`` is the path of the API."""
    document = dict(api.get_openapi_schema(path_prefix=prefix))
    answers, named = schemas()
    document.setdefault("components", {}).setdefault("schemas", {}).update(named, Problem=PROBLEM)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            short = path.removeprefix(prefix)
            _answered(operation["responses"], f"{method} {short}", answers)
            if "requestBody" in operation:
                operation["requestBody"]["content"]["application/json"]["example"] = BODIES[f"{method} {short}"]
            for status, example in sorted(_errors(operation, f"{method} {short}").items()):
                operation["responses"][str(status)] = _response(status, *example)
    return document


def query_names(api: NinjaAPI, path: str, method: str) -> dict[str, bool] | None:
    """Return each query parameter of an operation, and whether it may be repeated; ``None``: no such operation."""
    if (path, method) == ("openapi.json", "get"):  # it does not describe itself
        return {}
    operation = openapi_document(api, "/")["paths"].get(f"/{path}", {}).get(method)
    if operation is None:
        return None
    parameters = [each for each in operation.get("parameters", ()) if each["in"] == "query"]
    return {each["name"]: each["schema"].get("type") == "array" for each in parameters}


def _answered(responses: dict[Any, Any], name: str, answers: dict[str, Json]) -> None:
    """Add the schema and an example to the successful answer of an operation, if the answer has a body."""
    (response,) = responses.values()
    if "content" in response:
        response["content"]["application/json"] = {"schema": answers[name], "example": EXAMPLES[name]}
    else:
        response["description"] = "Done; the answer has no body."


def _errors(operation: dict[str, Json], name: str) -> dict[int, tuple[str, str]]:
    """Return the errors of an operation. They follow from its parameters and its body, and from ``MORE``."""
    statuses = {422, 500, 503}
    if "security" in operation:
        statuses |= {401, 403, 429}
    if "{run_id}" in name:
        statuses |= {404}
    if any(each["name"] == "If-Match" for each in operation.get("parameters", ())):
        statuses |= {412}
    if "requestBody" in operation:
        statuses |= {400, 409, 413, 415}
    errors = {status: ERRORS[status] for status in statuses} | MORE.get(name, {})
    return {status: example for status, example in errors.items() if example is not None}


def _response(status: int, code: str, detail: str) -> dict[str, Json]:
    title = HTTPStatus(status).phrase
    example = {"type": "about:blank", "title": title, "status": status, "detail": detail, "code": code}
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}
    return {"description": title, "content": {"application/problem+json": content}}
