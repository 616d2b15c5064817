"""The published description of the API: its errors, and the parameters that it accepts and refuses."""

import pytest
from jsonschema import Draft202012Validator

from sagaflow.api.openapi import PROBLEM
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
    ],
)
def test_an_unknown_parameter_is_refused_with_the_nearest_one(boss, started, path, query, message):
    answer = boss.get(path.format(run=started()), **query)
    refusal = answer.json()
    assert (answer.status_code, refusal["code"], refusal["detail"]) == (422, "unknown-parameter", message)
    Draft202012Validator(PROBLEM).validate(refusal)


def test_a_known_parameter_is_taken(boss, started):
    run = started()
    assert boss.get("/runs", status="running", limit=5).json()["runs"][0]["id"] == run
    assert boss.get(f"/runs/{run}/journal", after=1, limit=2).status_code == 200


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
