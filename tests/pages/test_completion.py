"""The completion of the search field offers the names of what the user may see, and nothing else."""

from sagaflow.models import Scope


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
