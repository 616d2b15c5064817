"""Access to the API: sessions, tokens, permissions."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from sagaflow.models import ApiToken
from tests.api.conftest import Caller
from tests.people import client_as

RUN = "0f8fad5b-d9cb-469f-a165-70867728950e"
NEEDS = [
    ("get", "/runs", "view_run"),
    ("get", f"/runs/{RUN}", "view_run"),
    ("get", f"/runs/{RUN}/journal", "view_run"),
    ("get", f"/runs/{RUN}/rollbacks", "view_run"),
    ("get", f"/runs/{RUN}/plan", "view_run"),
    ("get", f"/runs/{RUN}/allowed", "view_run"),
    ("post", "/runs", "start_run"),
    ("post", "/runs/batch", "start_run"),
    ("post", f"/runs/{RUN}/verbs/cancel", "operate_run"),
    ("post", f"/runs/{RUN}/approvals", "approve_step"),
    ("post", f"/runs/{RUN}/delegations", "approve_step"),
    ("post", "/events", "publish_event"),
]
BODIES = {
    "/runs": {"saga": "api_purchase", "input": {"item": "bread"}},
    "/runs/batch": {"saga": "api_purchase", "runs": [{"input": {"item": "bread"}}]},
    "/events": {"event": "GoodsArrived", "correlation_id": RUN},
    f"/runs/{RUN}/verbs/cancel": {"reason": "no longer wanted"},
    f"/runs/{RUN}/approvals": {"step": "agree", "approved": True},
    f"/runs/{RUN}/delegations": {"step": "agree", "to": "", "reason": "away"},
}


def ask(caller, method, path):
    return caller.get(path) if method == "get" else caller.post(path, BODIES[path])


@pytest.mark.parametrize(("method", "path", "permission"), NEEDS)
def test_a_stranger_is_told_how_to_get_in(stranger, method, path, permission):
    answer = ask(stranger, method, path)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer["Content-Type"] == "application/problem+json"
    assert "Bearer" in answer.json()["detail"]


@pytest.mark.parametrize(("method", "path", "permission"), NEEDS)
def test_every_other_permission_together_is_not_enough(someone, method, path, permission):
    others = {needed for _, _, needed in NEEDS} - {permission} | {"view_sensitive", "change_run", "delete_run"}
    answer = ask(someone(*others), method, path)
    assert answer.status_code == 403
    assert f"sagaflow.{permission}" in answer.json()["detail"]


@pytest.mark.parametrize(("method", "path", "permission"), NEEDS)
def test_the_permission_is_enough(someone, method, path, permission):
    assert ask(someone(permission), method, path).status_code in (200, 201, 202, 404)


def test_a_token_acts_as_its_user(stranger, token):
    caller = Caller(Client(), Authorization=f"Bearer {token}")
    answer = caller.post("/runs", BODIES["/runs"])
    assert answer.status_code == 201
    assert caller.get(f"/runs/{answer.json()['id']}").json()["run"]["by"] == "admin"


@pytest.mark.parametrize("given", ["Bearer sgf_wrong", "Bearer ", "Bearer", "Basic YTpi", "Bearer \xff", "sgf_wrong"])
def test_a_token_that_is_none_lets_nobody_in(given, db):
    assert Caller(Client(), Authorization=given).get("/runs").status_code == 401


def test_a_token_ends_with_its_time_with_its_user_and_with_its_row(token):
    caller = Caller(Client(), Authorization=f"Bearer {token}")
    row = ApiToken.objects.get()
    row.expires_at = timezone.now() - timedelta(seconds=1)
    row.save()
    assert caller.get("/runs").status_code == 401
    row.expires_at = timezone.now() + timedelta(hours=1)
    row.save()
    assert caller.get("/runs").status_code == 200
    row.delete()
    assert caller.get("/runs").status_code == 401


def test_a_token_ends_when_its_user_is_deactivated_and_does_not_come_back(token, admin_user):
    caller = Caller(Client(), Authorization=f"Bearer {token}")
    type(admin_user).objects.update(is_active=False)  # a way that tells no signal
    assert caller.get("/runs").status_code == 401
    admin_user.is_active = False
    admin_user.save()
    admin_user.is_active = True
    admin_user.save()
    assert caller.get("/runs").status_code == 401
    assert not ApiToken.objects.exists()


def test_a_narrowed_token_may_less_than_its_user_and_says_so(token, started):
    caller = Caller(Client(), Authorization=f"Bearer {token}")
    run_id = started()
    ApiToken.objects.update(permissions="view_run")
    assert caller.get(f"/runs/{run_id}").json()["run"]["input"]["card"] != "card-of-input"
    refused = caller.post("/runs", BODIES["/runs"])
    assert refused.status_code == 403
    assert "This API token may not start runs: it is limited to view_run." in refused.json()["detail"]
    ApiToken.objects.update(permissions="", sagas="api_nothing\napi_other")
    assert caller.get(f"/runs/{run_id}").status_code == 404
    assert caller.get("/runs").json()["runs"] == []
    assert caller.post("/runs", BODIES["/runs"]).status_code == 404
    ApiToken.objects.update(sagas="api_other\napi_purchase")
    assert [run["id"] for run in caller.get("/runs").json()["runs"]] == [run_id]


def test_only_the_hash_of_a_token_is_kept(token):
    assert token not in str(ApiToken.objects.values().get())


def test_a_session_needs_the_csrf_token_to_change_something(admin_user):
    client = client_as(admin_user, enforce_csrf_checks=True)
    caller = Caller(client)
    refused = caller.post("/runs", BODIES["/runs"])
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf")
    client.get("/accounts/login/")
    client.cookies["csrftoken"] = "a" * 32
    assert Caller(client, **{"X-CSRFToken": "a" * 32}).post("/runs", BODIES["/runs"]).status_code == 201


def test_a_token_needs_no_csrf_token(token):
    client = Client(enforce_csrf_checks=True)
    assert Caller(client, Authorization=f"Bearer {token}").post("/runs", BODIES["/runs"]).status_code == 201


def test_the_description_of_the_api_is_for_those_who_are_logged_in(stranger, someone):
    assert stranger.get("/openapi.json").status_code == 401
    described = someone().get("/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    assert set(described["paths"]) >= {
        "/api/runs",
        "/api/events",
        "/api/callbacks/{token}",
        "/api/runs/{run_id}/journal",
    }


@pytest.mark.parametrize(("method", "path"), [("get", "/nowhere"), ("get", "/"), ("post", "/runs/a/b/c")])
def test_an_unknown_address_is_a_problem_too(someone, method, path):
    answer = someone().get(path) if method == "get" else someone().post(path, {})
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_a_method_that_is_not_possible_says_which_is(someone):
    answer = someone().get("/events")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert answer.json()["detail"] == "The method GET is not allowed here; use POST."


def test_answers_are_not_kept_by_caches(boss):
    assert "no-store" in boss.get("/runs")["Cache-Control"]


@pytest.mark.parametrize(("method", "path", "permission"), NEEDS)
def test_a_session_that_cannot_be_read_is_answered_as_any_other_failure_of_the_database(boss, method, path, permission):
    def away(*_):
        raise OperationalError("the database is down")

    boss.client.raise_request_exception = False
    with connection.execute_wrapper(away):
        answer = ask(boss, method, path)
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
    assert answer.json()["code"] == "unavailable"
    assert answer["Retry-After"] == "1"


@pytest.mark.django_db(databases=["default", "participant"])
@pytest.mark.parametrize("middleware", ["django.contrib.auth.middleware", "sagaflow.api.login"])
@pytest.mark.parametrize("path", ["/api/runs", "/api/runs/x", "/api/openapi.json"])
def test_a_project_where_every_page_needs_a_login_gets_problem_documents_and_open_health_checks(
    settings, middleware, path
):
    here = [name for name in settings.MIDDLEWARE if not name.endswith(".LoginRequiredMiddleware")]
    settings.MIDDLEWARE = [*here, f"{middleware}.LoginRequiredMiddleware"]
    answer = Client().get(path)
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    unknown = Client().get("/api/nothing")
    assert (unknown.status_code, unknown["Content-Type"]) == (404, "application/problem+json")
    assert Client().get("/healthz/").status_code == 200
    assert Client().get("/readyz/")["Content-Type"] == "application/json"
    assert Client().get("/admin/").status_code == 302, "pages ask for the login"
