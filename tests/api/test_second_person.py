"""The API asks for acts that need two people, lists them, and lets another user give or refuse them."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from sagaflow.models import ActAnswer, ActRequest, ApiToken, OperatorAct

WHY = "paid by bank transfer"


@pytest.fixture(autouse=True)
def _rules(settings):
    settings.SAGAFLOW = {**settings.SAGAFLOW, "SECOND_PERSON": ("cancel",)}


@pytest.fixture
def operators(someone):
    return someone("view_run", "operate_run", name="ann"), someone("view_run", "operate_run", name="bob")


def asked_for(caller, run_id):
    return caller.post(f"/runs/{run_id}/requests", {"verb": "cancel", "reason": WHY})


def test_alone_it_is_refused_and_the_answer_says_how(operators, started):
    answer = operators[0].post(f"/runs/{started()}/verbs/cancel", {"reason": WHY})
    assert (answer.status_code, answer.json()["code"]) == (409, "second-person")
    assert "another operator can give it" in answer.json()["detail"]


def test_one_asks_and_another_one_gives(operators, started):
    ann, bob = operators
    run_id = started()
    asked = asked_for(ann, run_id)
    assert asked.status_code == 201
    assert [each["id"] for each in bob.get("/requests").json()["requests"]] == [asked.json()["id"]]
    path = f"/requests/{asked.json()['id']}/answer"
    assert ann.post(path, {"given": True}).json()["code"] == "barred"
    given = bob.post(path, {"given": True, "note": "I saw it"})
    assert given.json()["answer"]["outcome"] == "given"
    act = OperatorAct.objects.get()
    assert (act.verb, act.by, act.outcome) == ("cancel", "ann", "done")
    assert bob.get("/requests").json()["requests"] == []
    assert len(bob.get("/requests", status="answered").json()["requests"]) == 1
    assert bob.post(path, {"given": True}).json()["code"] == "outdated"


def test_a_request_is_refused_with_a_note_or_withdrawn(operators, started):
    ann, bob = operators
    path = f"/requests/{asked_for(ann, started()).json()['id']}/answer"
    assert bob.post(path, {"given": False}).status_code == 422
    assert ann.post(path, {"given": False}).json()["answer"]["outcome"] == "withdrawn"


def test_what_was_seen_is_compared_when_it_is_asked_for(operators, started):
    body = {"verb": "cancel", "reason": WHY, "basis": 1}
    run_id = started()
    assert operators[0].post(f"/runs/{run_id}/requests", body).status_code == 409
    assert not ActRequest.objects.exists()


def test_the_same_is_asked_for_once_and_an_unknown_request_is_told(operators, started):
    run_id = started()
    assert asked_for(operators[0], run_id).status_code == 201
    again = asked_for(operators[1], run_id)
    assert (again.status_code, again.json()["code"]) == (409, "asked")
    assert operators[0].post("/requests/seven/answer", {"given": True}).status_code == 404


def test_to_look_is_not_enough_to_ask_or_to_answer(operators, someone, started):
    run_id = started()
    path = f"/requests/{asked_for(operators[0], run_id).json()['id']}/answer"
    looker = someone("view_run", name="eve")
    assert looker.post(path, {"given": True}).status_code == 403
    assert asked_for(looker, run_id).status_code == 403


def test_a_token_that_may_only_look_does_not_withdraw_what_its_user_asked_for(operators, started):
    ann, _ = operators
    path = f"/requests/{asked_for(ann, started()).json()['id']}/answer"
    row = ApiToken(name="dashboard", user=User.objects.get(username="ann"), permissions="view_run")
    token = Client(headers={"Authorization": f"Bearer {row.renew()}"})
    row.save()
    body = {"given": False, "note": "by a dashboard"}
    answer = token.post(f"/api{path}", body, content_type="application/json")
    assert (answer.status_code, "limited to view_run" in answer.json()["detail"]) == (403, True)
    assert not ActAnswer.objects.exists()
    row.permissions = "view_run\noperate_run"
    row.save()
    assert token.post(f"/api{path}", body, content_type="application/json").json()["answer"]["outcome"] == "withdrawn"
