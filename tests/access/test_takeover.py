"""No user takes over the saga of another team by what a draft says: the saga as it is now decides, and its base."""

import json

import pytest
from django.contrib.auth.models import Group

from designer.drafts import opening
from sagaflow import registry
from sagaflow.models import Draft, Scope
from sagaflow.store import drafts, web_sagas
from sagaflow.store.drafts import NewDraft
from tests.designer.conftest import Designer
from tests.people import client_as, user_of

NAME = "access_payroll"


def payroll(team, **more):
    steps = [{"name": "pay", "action": "access_bank.pay"}]
    return {
        "name": NAME,
        "segments": [{"name": "all", "style": "orchestrated", "team": team, "steps": steps}],
        **more,
    }


@pytest.fixture
def published(db):
    """``published("red", "blue")``: versions of the saga, each owned by a team."""

    def published(*teams):
        for team in teams:
            newest = web_sagas.newest_version(NAME)
            after = newest.number if newest else 0
            web_sagas.publish(payroll(team, title=f"Version {after + 1}"), after=after, note="", by="boss")
        return [version.document["segments"][0]["team"] for version in web_sagas.versions(NAME)]

    return published


@pytest.fixture
def red(db):
    """``red("publish_saga")``: a designer whose permissions, or this one, are narrowed to the team red."""

    def red(permission=""):
        group, _ = Group.objects.get_or_create(name="reds")
        Scope.objects.create(group=group, permission=permission, team="red")
        return client_as(user_of("rita", "view_run", "design_saga", "publish_saga", groups=["reds"]))

    return red


def opened(client):
    answer = client.post(f"/definitions/{NAME}/design/")
    assert answer.status_code == 302
    return Designer(client, answer["Location"])


def test_to_name_a_team_of_ones_own_publishes_no_saga_of_another_team(red, published):
    published("blue")
    draft = opened(red("publish_saga"))
    assert draft.type(json.dumps(payroll("red", title="Taken over"))).status_code == 200
    review = draft.get("review/").content.decode()
    assert "none of them covers saga" in review
    assert draft.client.post(draft.address + "publish/", {"note": "x"}).status_code == 403
    assert published() == ["blue"]


def test_an_earlier_version_of_ones_own_replaces_no_version_of_another_team(red, published):
    published("red", "blue")
    client = red("publish_saga")
    assert client.post(f"/definitions/{NAME}/restore/1/").status_code == 403
    assert published() == ["blue", "red"]


def test_a_draft_of_an_earlier_version_ends_with_the_permission_for_the_newest(red, published):
    published("red")
    draft = opened(red())
    assert draft.edit("set-field", element="saga", field="title", value="Mine").status_code == 200
    published("blue")
    assert draft.edit("set-field", element="saga", field="title", value="Still mine").status_code == 404
    for path in ("", "review/", "state/", "as/yaml/"):
        assert draft.get(path).status_code == 404, path
    for path in ("publish/", "rebase/", "write/", "discard/"):
        assert draft.client.post(draft.address + path, {"confirmed": "yes"}).status_code == 404, path
    assert draft.undo().status_code == 404
    assert "Still mine" not in draft.client.get("/design/").content.decode()
    assert Draft.objects.get().closed_at is None
    assert published() == ["blue", "red"]


def test_a_draft_whose_base_belongs_to_another_team_stays_out_of_sight(red, published):
    published("blue")
    newest = web_sagas.newest_version(NAME)
    new = NewDraft(saga=NAME, source="web", digest=newest.digest, base=newest.document, document=payroll("red"))
    line = drafts.create(new, "rita")
    published("red")
    client = red()
    assert client.get(f"/design/{line.id}/").status_code == 404
    assert str(line.id) not in client.get("/design/").content.decode()
    assert client.post(f"/definitions/{NAME}/design/").status_code == 404


def test_a_saga_in_code_of_another_team_is_not_designed_by_a_team_in_the_draft(red, db):
    parcel = registry.get_saga("access_parcel")
    new = opening.beginning(parcel)
    document = payroll("red") | {"name": parcel.name}
    line = drafts.create(NewDraft(saga=parcel.name, source="code", base=new.document, document=document), "rita")
    draft = Designer(client_as(user_of("root", root=True)), f"/design/{line.id}/")
    draft.client = red("design_saga")
    assert draft.edit("set-field", element="saga", field="title", value="Mine").status_code == 403


def test_a_team_publishes_its_own_saga_and_may_hand_it_on_to_nobody_else(red, published):
    published("red")
    draft = opened(red("publish_saga"))
    assert draft.type(json.dumps(payroll("blue"))).status_code == 200
    assert draft.client.post(draft.address + "publish/", {"note": "x"}).status_code == 403
    assert draft.type(json.dumps(payroll("red", title="Better"))).status_code == 200
    assert draft.client.post(draft.address + "publish/", {"note": "x"}).status_code == 302
    assert published() == ["red", "red"]
