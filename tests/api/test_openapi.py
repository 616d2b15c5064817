"""The published description of the API: its errors, and the parameters that it accepts and refuses."""

import uuid

import pytest
from jsonschema import Draft202012Validator

from sagaflow.api.openapi import PROBLEM, openapi_document
from sagaflow.api.urls import api

OPERATIONS = [
    (path, method)
    for path, operations in api.get_openapi_schema(path_prefix="/")["paths"].items()
    for method in operations
]


@pytest.fixture
def document(boss):
    return boss.get("/openapi.json").json()


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_every_error_of_an_operation_is_a_problem_with_a_valid_example(document, path, method):
    operation = document["paths"][f"/api{path}"][method]
    errors = {status: each for status, each in operation["responses"].items() if int(status) >= 400}
    assert {"422", "500", "503"} <= errors.keys()
    assert document["components"]["schemas"]["Problem"] == PROBLEM
    for status, each in errors.items():
        content = each["content"]["application/problem+json"]
        assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
        Draft202012Validator(PROBLEM).validate(content["example"])
        assert content["example"]["status"] == int(status)


@pytest.mark.parametrize(
    ("path", "query", "message"),
    [
        ("/runs", {"stats": "parked"}, "The parameter 'stats' is unknown. Did you mean 'status'?"),
        ("/runs/{run}", {"full": "1"}, "The parameter 'full' is unknown. This address has no parameters."),
        ("/runs/{run}/journal", {"zzz": "1"}, "The parameter 'zzz' is unknown. Use one of after, limit."),
        ("/openapi.json", {"x": "1"}, "The parameter 'x' is unknown. This address has no parameters."),
        ("/runs", {"limit": ["1", "2"]}, "The parameter 'limit' is given more than once; give it once."),
        ("/requests", {"status": ["open", "open"]}, "The parameter 'status' is given more than once; give it once."),
    ],
)
def test_a_parameter_that_would_be_ignored_is_refused_and_an_unknown_one_with_the_nearest(
    boss, started, path, query, message
):
    answer = boss.get(path.format(run=started()), **query)
    refusal = answer.json()
    assert (answer.status_code, refusal["code"], refusal["detail"]) == (422, "unknown-parameter", message)
    Draft202012Validator(PROBLEM).validate(refusal)


def test_a_known_parameter_is_taken_and_a_list_may_be_repeated(boss, started):
    run = started()
    assert boss.get("/runs", search=["item=bread", "item=bread"]).status_code == 200
    assert boss.get("/runs", status="running", limit=5).json()["runs"][0]["id"] == run
    assert boss.get(f"/runs/{run}/journal", after=1, limit=2).status_code == 200


@pytest.mark.parametrize(
    ("path", "query", "where", "message"),
    [
        ("/runs", {"status": "zz"}, "status", "use one of 'running', 'parked', 'rolling_back', 'stuck', "),
        ("/runs", {"attention": "zz"}, "attention", "use one of 'any', 'stuck', 'refused', 'missing', "),
        ("/runs", {"limit": "0"}, "limit", "it must be greater than or equal to 1"),
        ("/requests", {"status": "zz"}, "status", "use one of 'open', 'answered'"),
    ],
)
def test_a_wrong_parameter_is_named_with_what_is_allowed(boss, path, query, where, message):
    refusal = boss.get(path, **query).json()
    (fault,) = refusal["errors"]
    assert fault["where"] == f"query/{where}"
    assert fault["message"].startswith(message)
    assert refusal["detail"].startswith(f"The request is not valid: {where}: {message}")


def test_a_field_is_named_as_the_sender_wrote_it(boss):
    refusal = boss.post("/runs", {"sagas": "x"}).json()
    assert refusal["detail"] == (
        "The request is not valid: saga: it is required; sagas: the API does not know this field; leave it out."
    )
    assert [fault["where"] for fault in refusal["errors"]] == ["body/saga", "body/sagas"]
    fault = boss.post("/callbacks/x", {"error": {"code": 1}}).json()["errors"][0]
    assert fault == {"where": "body/error/code", "message": "it must be a valid string"}
    cloud = {"specversion": "1.0", "id": "1", "source": "s", "type": "Rain", "data_base64": "eA=="}
    refusal = boss.post("/events", cloud, content_type="application/cloudevents+json").json()
    assert refusal["detail"] == "The event is not valid: data_base64: leave it out."
    assert boss.post("/events", {"events": "x"}).json()["errors"][0]["where"] == "body/event"


@pytest.mark.parametrize("raw", [b"", b"  "])
@pytest.mark.parametrize("path", ["/runs", "/callbacks/x", "/requests/1/answer"])
def test_an_empty_body_is_told(boss, path, raw):
    answer = boss.post(path, raw=raw)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-json")
    assert answer.json()["detail"] == "The body of the request is empty; send a JSON object."


BODIES = [
    (path, media_type)
    for path, operations in openapi_document(api, "/")["paths"].items()
    for operation in operations.values()
    for media_type in operation.get("requestBody", {}).get("content", ())
]
"""The address and the media type of each request body. Each is the body of a ``POST``."""


OTHERS = [None, True, False, 0, 1, 7, 0.5, "", "yes", "0", "on", "true", "1796042145", [], [True], {}, {"a": 1}]
"""Values of each type of JSON, and texts that a lax reader takes for another type."""


def fields(document, schema, at=()):
    """Yield the path and the schema of each property of a body, also of those inside another one."""
    for name, part in schema.get("properties", {}).items():
        yield (*at, name), part
        for inner in [part, *part.get("anyOf", ())]:
            yield from fields(document, resolved(document, inner), (*at, name))


def resolved(document, schema):
    while "$ref" in schema:
        place = document
        for name in schema["$ref"].removeprefix("#/").split("/"):
            place = place[name]
        schema = place
    return schema


@pytest.mark.parametrize(("path", "media_type"), BODIES)
def test_a_value_of_another_type_than_the_schema_says_is_refused_in_every_field(boss, document, path, media_type):
    """Law: no body is read more loosely than its published schema: ``"no"`` is not a decision."""
    content = document["paths"][f"/api{path}"]["post"]["requestBody"]["content"][media_type]
    address = path.format(run_id=uuid.UUID(int=1), verb="retry", token="x", request_id="1")
    tried = 0
    for place, part in fields(document, resolved(document, content["schema"])):
        for value in (value for value in OTHERS if not _fits(document, part, value)):
            answer = boss.post(address, _with(content["example"], place, value), content_type=media_type)
            assert (place, value, answer.status_code) == (place, value, 422)
            where = [fault["where"] for fault in answer.json()["errors"]]
            assert any(each.startswith("body/" + "/".join(place)) for each in where), (place, value, where)
            tried += 1
    assert tried > 5


def _fits(document, part, value):
    if isinstance(value, str) and "date-time" in str(part):
        return False
    return Draft202012Validator(part | {"components": document["components"]}).is_valid(value)


def _with(body, place, value):
    name, *rest = place
    inner = {"code": "x"} if rest and not isinstance(body.get(name), dict) else body.get(name)
    return body | {name: _with(inner, rest, value) if rest else value}


def test_real_refusals_are_what_is_published(boss, stranger, started):
    run = started()
    answers = [
        stranger.get("/runs"),
        boss.get("/runs/none"),
        boss.get("/runs", limit=0),
        boss.post("/runs", raw=b"{"),
        boss.post("/runs", raw=b"x", content_type="text/plain"),
        boss.post(f"/runs/{run}/verbs/retry", {"reason": "try", "step": "reserve"}),
    ]
    assert [each.status_code for each in answers] == [401, 404, 422, 400, 415, 409]
    for each in answers:
        Draft202012Validator(PROBLEM).validate(each.json())
