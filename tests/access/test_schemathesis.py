"""Requests that schemathesis makes up from the published document, by three roles that may see letters only.

No answer is a failure of the server, each is as the document says, and none reveals that parcels exist. What the
document does not allow is sent by tests/api/test_fuzz.py.
"""

import json
from urllib.parse import urlencode

import pytest
import requests
import schemathesis
from django.core.cache import cache
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from sagaflow.api.openapi import openapi_document
from sagaflow.api.urls import api
from tests.access.world import ALL, Role, client_with
from tests.core.thoroughness import examples

LETTERS = ({"saga": "access_letter"},)
ROLES = {
    "viewer": Role(permissions=("view_run",), scopes=LETTERS),
    "operator": Role(permissions=ALL, scopes=LETTERS, groups=("buyers",)),
    "token": Role(permissions=ALL, scopes=LETTERS, token=True),
}
CHECKS = (
    not_a_server_error,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
SCHEMA = schemathesis.openapi.from_dict(openapi_document(api, "/api/"))
OPERATIONS = {found.ok().label: found.ok() for found in SCHEMA.get_all_operations()}


def sent(client, case, run_id):
    """Send what schemathesis made up, as the user of the client; ``run_id``: about this run, if it is about one."""
    if run_id and "run_id" in case.path_parameters:
        case.path_parameters["run_id"] = run_id
    asked = case.as_transport_kwargs()
    body = json.dumps(asked["json"]) if "json" in asked else asked.get("data", "")
    headers = {name: value for name, value in case.headers.items() if name.lower() in ("if-match", "idempotency-key")}
    answer = client.generic(
        asked["method"],
        f"{asked['url']}?{urlencode(asked.get('params', {}), doseq=True)}",
        body,
        content_type=asked["headers"].get("Content-Type", "application/json"),
        headers=headers,
    )
    request = requests.Request(asked["method"], f"http://testserver{asked['url']}").prepare()
    fields = {name: [value] for name, value in answer.headers.items()}
    return Response(answer.status_code, fields, answer.content, request, 0.0, verify=False)


@pytest.mark.parametrize("label", OPERATIONS)
@pytest.mark.parametrize("role", ROLES)
def test_no_role_gets_a_failure_or_what_it_may_not_see(world, role, label):
    client = client_with(ROLES[role], role)
    runs = st.sampled_from(["", world.parked, world.letter])

    @examples(8, suppress_health_check=list(HealthCheck))
    @given(case=OPERATIONS[label].as_strategy(), run_id=runs)
    def ask(case, run_id):
        cache.clear()  # a limit of tries per minute is not what this is about
        response = sent(client, case, run_id)
        case.validate_response(response, checks=list(CHECKS))
        told = response.content.decode().replace(run_id or "-", "-")
        assert [word for word in world.canaries if word in told] == []

    ask()


def test_an_answer_that_the_document_does_not_describe_is_noticed(world):
    """Without this, checks that check nothing would pass."""
    client, operation = client_with(ROLES["viewer"], "viewer"), OPERATIONS["GET /api/runs"]
    case = operation.Case()
    good = sent(client, case, "")
    case.validate_response(good, checks=list(CHECKS))
    for status, content in ((200, b'{"runs": 1}'), (500, b"{}"), (418, b"{}")):
        bad = Response(status, good.headers, content, good.request, 0.0, verify=False)
        with pytest.raises(FailureGroup):
            case.validate_response(bad, checks=list(CHECKS))
