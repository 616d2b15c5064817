"""Callbacks: the participant answers later, from outside, with nothing except the token that it was given."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from sagaflow import engine
from sagaflow.api.limits import FAILURES
from sagaflow.models import CallbackToken
from tests.api.conftest import Caller


@pytest.fixture
def outside(db):
    """A participant: it has no session and no API token, and the CSRF checks for browsers apply."""
    return Caller(Client(enforce_csrf_checks=True))


@pytest.fixture
def asked(started, participant):
    """``(run, path)``: the participant got the request of ``charge`` and the address for its answer."""
    run_id = started()
    url = participant.requests[-1].json["callback_url"]
    return run_id, url.removeprefix("http://127.0.0.1:8000/api")


def step_of(run_id, name):
    return engine.state(run_id)[1].steps[name]


def test_the_whole_way_round(outside, asked, participant):
    """Start, HTTP request, 202, answer through the API, next step."""
    run_id, path = asked
    assert step_of(run_id, "charge").status == "waiting"
    assert participant.requests[-1].headers["idempotency-key"] == f"{run_id}:charge:do"
    answer = outside.post(path, {"output": {"charge": "C-1"}})
    assert (answer.status_code, answer.content) == (204, b"")
    assert (step_of(run_id, "charge").status, step_of(run_id, "charge").output) == ("done", {"charge": "C-1"})
    assert step_of(run_id, "agree").status == "waiting"


def test_a_business_error_rolls_the_run_back(outside, asked):
    run_id, path = asked
    fault = {"code": "insufficient-funds", "message": "3 EUR are missing"}
    assert outside.post(path, {"error": fault}).status_code == 204
    while engine.wake(run_id):
        pass
    assert engine.state(run_id)[1].status == "rolled_back"


def test_a_technical_error_is_tried_again(outside, asked):
    run_id, path = asked
    fault = {"code": "down", "kind": "technical"}
    assert outside.post(path, {"error": fault}).status_code == 204
    assert step_of(run_id, "charge").status == "due"


@pytest.mark.parametrize("token", ["x", "A" * 43, "%00", "%F0%9F%98%80", "..%5C", "x" * 2000])
def test_a_forged_token_is_404(outside, asked, token):
    answer = outside.post(f"/callbacks/{token}", {"output": 1})
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert step_of(asked[0], "charge").status == "waiting"


def test_a_used_token_is_410_and_changes_nothing(outside, asked):
    run_id, path = asked
    outside.post(path, {"output": {"charge": "C-1"}})
    head = engine.state(run_id)[1].seq
    answer = outside.post(path, {"output": {"charge": "C-2"}})
    assert (answer.status_code, answer.json()["code"]) == (410, "used")
    assert engine.state(run_id)[1].seq == head


def test_a_token_that_expired_is_410(outside, asked):
    CallbackToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    answer = outside.post(asked[1], {"output": 1})
    assert (answer.status_code, answer.json()["code"]) == (410, "late")


def test_a_token_whose_attempt_is_over_is_410(outside, asked):
    run_id, path = asked
    engine.operate(run_id, "skip", by="somebody", reason="paid in cash", step="charge")
    answer = outside.post(path, {"output": 1})
    assert (answer.status_code, answer.json()["code"]) == (410, "stale")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("[]", 422),
        ('"done"', 422),
        ('{"outputs": 1}', 422),
        ('{"output": 1, "error": {"code": "x"}}', 422),
        ('{"error": "down"}', 422),
        ('{"error": {}}', 422),
        ('{"error": {"code": ""}}', 422),
        ('{"error": {"code": "x", "kind": "fatal"}}', 422),
        ("", 400),
        ("{", 400),
        ('{"output": NaN}', 400),
        ('{"output": "\\u0000"}', 400),
    ],
)
def test_a_bad_answer_leaves_the_token_good(outside, asked, body, status):
    _, path = asked
    assert outside.post(path, raw=body).status_code == status
    assert outside.post(path, {"output": 1}).status_code == 204


def test_whoever_guesses_tokens_is_slowed_down(outside, asked):
    answers = [outside.post(f"/callbacks/guess-{number}", {}) for number in range(FAILURES + 1)]
    assert {answer.status_code for answer in answers[:-1]} == {404}
    assert (answers[-1].status_code, answers[-1]["Retry-After"]) == (429, "60")
    neighbour = Client(REMOTE_ADDR="203.0.113.9")
    assert Caller(neighbour).post(asked[1], {"output": 1}).status_code == 204


def test_a_callback_can_only_be_posted(outside, asked):
    assert outside.get(asked[1]).status_code == 405
