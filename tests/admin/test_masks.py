"""Without the permission, sensitive fields are not found anywhere: in no list, page, export, search or filter."""

import json

import pytest
from django.contrib.auth.models import AnonymousUser

from sagaflow import engine, models, registry, store
from sagaflow.admin.masking import Masking
from sagaflow.core.mask import MASK
from tests.admin.conftest import body, one, pages
from tests.pages.conftest import PARCEL
from tests.records import RECORDS

pytestmark = pytest.mark.one_database

SECRETS = ["card-of-input", "card-of-output", "card-of-edit", "card-of-event", "card-of-refusal", "card-of-bulk"]
SECRETS += ["card-of-stream", "card-of-header"]


@pytest.fixture
def secrets(recorded, run_of, monkeypatch):
    """A canary in every place where a sensitive field can be, also in a refusal as earlier versions recorded it."""
    from dataclasses import replace

    schema = {"type": "object", "properties": {"card": {"maxLength": len("card-of-input")}, "item": {"type": "string"}}}
    strict = replace(PARCEL, input_schema=schema, search={"item": "/item", "card": "/card"})
    monkeypatch.setitem(registry._sagas, "page_parcel", strict)
    parked = run_of("heavy")
    told = {"item": "heavy", "card": "card-of-refusal"}
    act = engine.operate(parked, "retry_with_input", by="vera", reason="typo", step="ship", input=told)
    assert (act.outcome, "card-of-refusal" in act.detail) == ("refused", False)
    earlier = {"step": "ship", "by": "vera", "reason": "typo", "outcome": "refused"}
    store.record_act(parked, "retry_with_input", **earlier, detail="'card-of-refusal' is too long")
    run_of("glass")


def everything(client):
    answers = {address: client.get(address) for address in pages()}
    assert {answer.status_code for answer in answers.values()} == {200}
    return {address: body(answer) for address, answer in answers.items()}


def test_without_the_permission_no_page_and_no_export_shows_a_secret(secrets, member):
    for address, text in everything(member("auditor")).items():
        assert "card-of-" not in text, address


def test_without_the_permission_no_hash_of_a_run_is_shown_by_which_a_short_secret_could_be_found(secrets, member):
    covering = [
        *models.JournalEntry.objects.values_list("hash", flat=True),
        *models.RollbackRecord.objects.values_list("hash", flat=True),
        *models.AnchorItem.objects.values_list("digest", flat=True),
        *filter(None, models.ActRequest.objects.values_list("seen", flat=True)),
    ]
    assert covering
    for address, text in everything(member("auditor")).items():
        assert [each for each in covering if each[:12] in text] == [], address
    shown = "".join(everything(member("seer")).values())
    assert [each for each in covering if each not in shown and each not in unlisted()] == []


def unlisted():
    """The fingerprints that no page shows, not even to those who may see all fields."""
    return models.ActRequest.objects.values_list("seen", flat=True)


def test_no_search_for_a_hash_of_a_run_finds_it(secrets, member):
    item = models.AnchorItem.objects.first()
    listed = member("auditor").get("/admin/sagaflow/anchoritem/", {"q": item.digest})
    assert listed.context_data["cl"].result_count == 0


def test_with_the_permission_each_of_them_is_there(secrets, member):
    shown = everything(member("seer"))
    for secret in SECRETS:
        for part in ("/change/", "/export/csv/", "/export/jsonl/"):
            assert any(secret in text for address, text in shown.items() if part in address), (secret, part)


@pytest.mark.parametrize(
    "query",
    [
        "snapshot__contains=card-of-input",
        "search__card=card-of-input",
        "search__contains=card",
        "data__contains=card",
        "data__startswith=x",
        "record__regex=card",
        "detail__contains=card",
        "payload__contains=card",
        "document__contains=card",
        "run__snapshot__contains=card",
        "run__search__card=card-of-input",
        "definition__document__contains=card",
        "hash__startswith=0",
        "journal__data__contains=card",
    ],
)
@pytest.mark.parametrize("name", RECORDS)
def test_nobody_finds_out_by_asking_for_what_is_masked(recorded, member, name, query):
    """Django itself would answer a look-up of any column in the address."""
    client = member("superuser")
    for path in ("", "export/csv/"):
        assert client.get(f"/admin/sagaflow/{name}/{path}?{query}").status_code == 400


@pytest.mark.parametrize("name", RECORDS)
def test_the_search_finds_no_secret_not_even_for_those_who_may_see_it(secrets, member, name):
    client = member("seer")
    for secret in SECRETS:
        assert client.get(f"/admin/sagaflow/{name}/", {"q": secret}).context_data["cl"].result_count == 0


def test_the_order_of_a_list_tells_nothing_of_what_is_masked(recorded, member):
    client = member("auditor")
    for name in RECORDS:
        html = client.get(f"/admin/sagaflow/{name}/").content.decode()
        for column in ("snapshot", "data", "payload", "record", "detail", "search"):
            assert f"column-{column} sortable" not in html
            assert f'sortable column-{column}"' not in html


def test_what_cannot_be_read_is_hidden(recorded):
    masking = Masking(AnonymousUser())
    assert masking.payload('{"a": 1}', None) == MASK
    assert masking.document('{"input": 1}', "no such digest") == MASK
    assert masking.search({"a": 1}, "no such digest") == MASK
    assert MASK in masking.payload("no JSON", one("definition").pk).values()


def test_the_tokens_digest_cannot_be_guessed_by_its_beginning(recorded, member):
    digest = models.ApiToken.objects.get().digest
    assert member("superuser").get(f"/admin/sagaflow/apitoken/?digest__startswith={digest[:3]}").status_code == 400


def test_the_search_for_a_code_does_not_go_on_into_what_comes_after_it(recorded, member):
    """Otherwise a user who guesses the rest of a record, field by field, learns when a masked field is right."""
    record = models.RollbackRecord.objects.get(run=recorded)
    code = json.loads(record.record)["error"]["code"]
    after = record.record.partition(f'"code":"{code}"')[2].partition('"message"')[0].rstrip('",')
    assert after.count('"') > 2
    client = member("auditor")
    for asked, count in ((code, 1), (f'{code}"{after}', 0)):
        found = client.get("/admin/sagaflow/rollbackrecord/", {"q": f"{asked} {recorded}"})
        assert found.context_data["cl"].result_count == count, asked
