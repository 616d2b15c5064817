"""Access to the admin: each role requests every address, and no role can change a record."""

import pytest
from django.contrib import admin

from tests.admin.conftest import OURS, member, one  # noqa: F401 - a fixture
from tests.records import RECORDS, model_of

pytestmark = pytest.mark.one_database

ROLES = ["anonymous", "plain", "viewer", "operator", "auditor", "seer", "superuser"]
SEES = {
    "anonymous": set(),
    "plain": set(),
    "viewer": {"run"},
    "operator": {"run"},
    "auditor": set(RECORDS),
    "seer": set(RECORDS),
    "superuser": set(OURS),
}
INSIDE = {"viewer", "operator", "auditor", "seer", "superuser"}
SHOWN = ["", "{pk}/change/", "{pk}/history/"]
DOWNLOADS = ["export/csv/", "export/jsonl/"]
CHANGES = ["add/", "{pk}/change/", "{pk}/delete/"]


def asked(client, method, address):
    """The outcome of the request: shown, refused, or redirected to the login."""
    answer = getattr(client, method)(address)
    if answer.status_code == 302 and "/login/" in answer["Location"]:
        return "login"
    return {200: "shown", 403: "refused", 404: "nothing"}.get(answer.status_code, answer.status_code)


def test_the_matrix_covers_every_model_of_ours():
    registered = {model._meta.model_name for model in admin.site._registry if model._meta.app_label == "sagaflow"}
    assert registered >= set(OURS)


@pytest.mark.parametrize("role", ROLES)
def test_everybody_sees_what_their_role_allows_and_nothing_else(recorded, member, role):  # noqa: F811
    client = member(role)
    otherwise = "refused" if role in INSIDE else "login"
    for name in OURS:
        for path in [*SHOWN, *(DOWNLOADS if name in RECORDS else [])]:
            address = f"/admin/sagaflow/{name}/{path.format(pk=one(name).pk)}"
            assert asked(client, "get", address) == ("shown" if name in SEES[role] else otherwise), address
    for address in ("/admin/", "/admin/sagaflow/"):
        seen = "shown" if role in INSIDE else "login"
        assert asked(client, "get", address) == seen, address


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_gets_to_a_form_that_changes_a_record(recorded, member, role, method):  # noqa: F811
    client = member(role)
    allowed = "refused" if role in INSIDE else "login"
    for name in RECORDS:
        before = list(model_of(name).objects.order_by("pk").values())
        for path in CHANGES:
            address = f"/admin/sagaflow/{name}/{path.format(pk=one(name).pk)}"
            if method == "post" or not address.endswith("change/"):
                assert asked(client, method, address) == allowed, address
        for action in ("delete_selected", "export"):
            client.post(f"/admin/sagaflow/{name}/", {"action": action, "_selected_action": [one(name).pk]})
        assert list(model_of(name).objects.order_by("pk").values()) == before


def test_no_action_is_offered_on_records(recorded, member):  # noqa: F811
    client = member("superuser")
    for name in RECORDS:
        html = client.get(f"/admin/sagaflow/{name}/").content.decode()
        assert 'name="action"' not in html
        assert "addlink" not in html.split('id="content"')[1]
        assert 'name="_save"' not in client.get(f"/admin/sagaflow/{name}/{one(name).pk}/change/").content.decode()


@pytest.mark.parametrize("path", ["export/xml/", "export/csv/x/", "no-such-key/change/"])
def test_what_does_not_exist_is_not_found(recorded, member, path):  # noqa: F811
    for name in RECORDS:
        assert member("superuser").get(f"/admin/sagaflow/{name}/{path}").status_code in (302, 404)
        break
