"""Scopes are created in the admin, and apply to the API and to the pages."""

import pytest
from django.contrib.auth.models import Group, User

from sagaflow import engine
from sagaflow.models import Scope


@pytest.fixture
def group(person):
    person("operate_run", "start_run", "view_run")
    group = Group.objects.create(name="operators")
    User.objects.get(username="vera").groups.add(group)
    return group


def test_an_administrator_makes_them(boss, group):
    given = {"group": group.pk, "permission": "start_run", "saga": "page_parcel", "team": ""}
    answer = boss.post("/admin/sagaflow/scope/add/", given)
    assert answer.status_code == 302
    assert str(Scope.objects.get()) == "operators: start_run, saga page_parcel"
    assert boss.get("/admin/sagaflow/scope/").status_code == 200


@pytest.mark.parametrize("given", [{"saga": "", "team": ""}, {"saga": "twice", "team": ""}])
def test_one_that_names_nothing_or_is_there_already_is_refused(boss, group, given):
    Scope.objects.create(group=group, saga="twice")
    answer = boss.post("/admin/sagaflow/scope/add/", {"group": group.pk, **given})
    assert answer.status_code == 200
    assert Scope.objects.count() == 1


def test_the_api_obeys_them(person, group, run_of):
    run_id = run_of("heavy")
    for permission in ("operate_run", "start_run"):
        Scope.objects.create(group=group, permission=permission, saga="other")
    client = person("operate_run", "start_run", "view_run")
    given = {"reason": "why not", "step": "ship"}
    answer = client.post(f"/api/runs/{run_id}/verbs/retry", given, content_type="application/json")
    assert (answer.status_code, "none of them covers" in answer.json()["detail"]) == (403, True)
    start = client.post("/api/runs", {"saga": "page_parcel", "input": {}}, content_type="application/json")
    assert start.status_code == 403
    Scope.objects.create(group=group, team="hall")
    del client
    again = person("operate_run", "start_run", "view_run")
    answer = again.post(f"/api/runs/{run_id}/verbs/retry", given, content_type="application/json")
    assert answer.status_code == 200
    assert engine.state(run_id)[1].status == "running"
