"""The completion of the search field offers the names of what the user may see, and nothing else."""

from dataclasses import replace

from sagaflow import registry
from sagaflow.models import Scope
from tests.pages.conftest import PARCEL


def offered(client, typed, **more):
    answer = client.get("/runs/complete/", {"q": typed} | more)
    assert answer.status_code == 200
    return [option["text"] for option in answer.json()["options"]]


def test_names_of_sagas_steps_teams_and_attributes_are_offered(boss):
    assert offered(boss, "saga:parc") == ["saga:page_parcel "]
    assert offered(boss, "step:") == ["step:fetch ", "step:ship "]
    assert offered(boss, "team:") == ["team:hall "]
    assert offered(boss, "ite") == ["item="]


def test_the_caret_decides_which_term_is_completed(boss):
    assert offered(boss, "sta saga:page_parcel", at="3") == ["status:"]
    for odd in ("x", "-1", "999999999999999999999", "²"):
        assert offered(boss, "stat", at=odd) == ["status:"]


def test_a_saga_outside_the_scope_of_the_user_is_not_offered(person, django_user_model):
    client = person("view_run")
    user = django_user_model.objects.get(pk=client.session["_auth_user_id"])
    group = user.groups.create(name="others")
    Scope.objects.create(group=group, permission="view_run", saga="another")
    assert offered(client, "saga:") == offered(client, "step:") == []


def test_error_codes_and_values_of_runs_that_the_user_may_see_are_offered(boss, person, run_of, django_user_model):
    for item in ("heavy", "feather", "book"):
        run_of(item)
    assert offered(boss, "error:") == ["error:flat-tyre ", "error:too-light "]
    assert offered(boss, "error:li") == ["error:too-light "]
    assert offered(boss, "item=B") == ["item=book "]
    assert offered(boss, "item=") == ["item=book ", "item=feather ", "item=heavy "]
    client = person("view_run")
    user = django_user_model.objects.get(pk=client.session["_auth_user_id"])
    Scope.objects.create(group=user.groups.create(name="others"), permission="view_run", saga="another")
    assert offered(client, "error:") == offered(client, "item=") == []


def test_values_of_a_sensitive_attribute_are_not_offered(boss, run_of, monkeypatch):
    monkeypatch.setitem(registry._sagas, "page_parcel", replace(PARCEL, search={"item": "/item", "card": "/card"}))
    run_of("book")
    assert offered(boss, "item=") == ["item=book "]
    assert offered(boss, "card=") == []


def test_long_values_that_were_cut_are_not_offered(boss, run_of):
    run_of("x" * 500)
    assert offered(boss, "item=x") == []
