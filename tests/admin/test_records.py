"""The admin shows records and never changes them. It creates connections and tokens."""

import re
from dataclasses import replace

import pytest
from django.contrib import admin
from django.contrib.auth.models import User

from sagaflow import engine, models, registry
from sagaflow.store.tokens import Limits, holder, limits_of
from tests.admin.conftest import one
from tests.pages.conftest import PARCEL
from tests.records import RECORDS

OF_RUN = ["journalentry", "rollbackrecord", "operatoract", "outboxmessage", "bulkrepairitem"]


@pytest.mark.parametrize("name", RECORDS)
def test_records_are_listed_searched_filtered_and_shown(boss, recorded, name):
    model_admin = next(each for model, each in admin.site._registry.items() if model.__name__.lower() == name)
    listing = f"/admin/sagaflow/{name}/"
    assert "0 of 0" not in boss.get(listing).content.decode()
    assert boss.get(listing, {"q": "page_parcel"}).status_code == 200
    assert boss.get(listing, {"q": "\x00' %"}).status_code in (200, 302)
    parts = ("anchoritem", "bulkrepairitem")  # they have the dates of the rows that they are part of
    assert model_admin.date_hierarchy or name in parts
    assert model_admin.search_fields
    assert model_admin.list_filter or name == "anchor"
    assert boss.get(f"{listing}{one(name).pk}/change/").status_code == 200


@pytest.mark.parametrize("name", RECORDS)
def test_nobody_changes_records_here_not_even_a_superuser(boss, recorded, name):
    row = one(name)
    before = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    base = f"/admin/sagaflow/{name}/"
    assert boss.get(f"{base}add/").status_code == 403
    assert boss.post(f"{base}add/", {}).status_code == 403
    assert boss.post(f"{base}{row.pk}/change/", {"status": "completed", "name": "x"}).status_code == 403
    assert boss.post(f"{base}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    boss.post(base, {"action": "delete_selected", "_selected_action": [str(row.pk)], "post": "yes"})
    row.refresh_from_db()
    assert {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields} == before
    assert 'name="_save"' not in boss.get(f"{base}{row.pk}/change/").content.decode()


@pytest.mark.parametrize("name", OF_RUN)
def test_records_lead_to_the_page_of_their_run(boss, recorded, name):
    row = one(name)
    listing = boss.get(f"/admin/sagaflow/{name}/", {"q": str(row.run_id)}).content.decode()
    assert f'href="/admin/sagaflow/run/{row.run_id}/change/"' in listing
    assert f'href="/runs/{row.run_id}/"' in boss.get(f"/admin/sagaflow/{name}/{row.pk}/change/").content.decode()


@pytest.mark.one_database
@pytest.mark.parametrize("name", RECORDS)
def test_every_link_of_a_page_leads_somewhere(boss, recorded, name):
    for address in (f"/admin/sagaflow/{name}/", f"/admin/sagaflow/{name}/{one(name).pk}/change/"):
        found = re.findall(r'href="([^"#]+)"', boss.get(address).content.decode())
        links = {link.replace("&amp;", "&") for link in found if link.startswith(("?", "/admin/sagaflow/", "/runs/"))}
        links = {address.split("?")[0] + link if link.startswith("?") else link for link in links}
        answers = {link: boss.get(link).status_code for link in links}
        assert set(answers.values()) == {200}, answers


def test_a_run_leads_to_its_records_and_to_its_live_page(boss, recorded):
    html = boss.get(f"/admin/sagaflow/run/{recorded}/change/").content.decode()
    assert f'href="/runs/{recorded}/"' in html
    for name in OF_RUN:
        assert f'href="/admin/sagaflow/{name}/?run__id__exact={recorded}"' in html


def test_rollback_records_of_one_saga_are_told_apart_by_what_their_runs_are_searched_by(boss, run_of, monkeypatch):
    monkeypatch.setitem(registry._sagas, "page_parcel", replace(PARCEL, search={"item": "/item", "card": "/card"}))
    run_of("feather", card="card-7")
    listing = boss.get("/admin/sagaflow/rollbackrecord/").content.decode()
    assert re.search(r">Rollback 1<span[^>]*>[^<]*card card-7, item feather", listing)


def test_a_list_of_one_run_says_so_and_leads_to_all(boss, recorded, run_of):
    other, address = run_of("feather"), "/admin/sagaflow/rollbackrecord/"
    for name in OF_RUN:
        page = boss.get(f"/admin/sagaflow/{name}/?run__id__exact={recorded}").content.decode()
        [told] = re.findall(r"<p[^>]* data-narrowed>.*?</p>", page)
        assert f"<code>{recorded}</code>" in told
        assert '<a href="?">Show all ' in told
    assert other[:8] not in boss.get(f"{address}?run__id__exact={recorded}").content.decode()
    whole = boss.get(address).content.decode()
    assert other[:8] in whole
    assert "data-narrowed" not in whole


def test_a_connection_is_made_and_its_faults_are_told(boss):
    told = {"name": "payments", "scheme": "https", "host": "payments.example.org", "header": "Authorization"}
    refused = boss.post("/admin/sagaflow/connection/add/", {**told, "secret": "Bearer abc"})
    assert "Write a name in capitals" in refused.content.decode()
    for listed, fault in (("10.1.2.3/16", "write 10.1.0.0/16"), ("0.0.0.0/0", "has too many addresses")):
        refused = boss.post("/admin/sagaflow/connection/add/", {**told, "allow": listed})
        assert fault in refused.content.decode()
    told |= {"allow": "10.1.0.0/16\n127.0.0.1"}
    assert boss.post("/admin/sagaflow/connection/add/", {**told, "secret": "PAYMENTS"}).status_code == 302
    assert list(map(str, models.Connection.objects.get().allowed)) == ["10.1.0.0/16", "127.0.0.1/32"]
    assert models.Connection.objects.get(name="payments").secret == "PAYMENTS"


def test_a_token_is_shown_once(boss):
    user = User.objects.get(username="boss")
    assert "Registered here: " in boss.get("/admin/sagaflow/apitoken/add/").content.decode()
    shown = boss.post("/admin/sagaflow/apitoken/add/", {"name": "shop", "user": user.pk})
    (token,) = re.findall(r"sgf_[\w-]{43}", shown.content.decode())
    assert holder(token) == user
    assert "no-store" in shown["Cache-Control"]
    row = models.ApiToken.objects.get(name="shop")
    listing = boss.get("/admin/sagaflow/apitoken/").content.decode()
    detail = boss.get(f"/admin/sagaflow/apitoken/{row.pk}/change/").content.decode()
    assert "sgf_" not in listing + detail
    assert row.digest not in listing + detail


def test_a_token_is_narrowed_by_boxes_and_names(boss):
    given = {"permissions": ["view_run", "start_run"], "sagas": " feather \r\n\r\nheavy"}
    shown = boss.post(
        "/admin/sagaflow/apitoken/add/", {"name": "shop", "user": User.objects.get(username="boss").pk, **given}
    )
    text = re.sub(r"\s+", " ", shown.content.decode())
    assert "limited to view_run, start_run and to runs of feather, heavy" in text
    [token] = re.findall(r"sgf_[\w-]{43}", text)
    assert limits_of(holder(token)) == Limits(frozenset({"view_run", "start_run"}), frozenset({"feather", "heavy"}))
    listing = boss.get("/admin/sagaflow/apitoken/").content.decode()
    assert "feather" in listing
    refused = boss.post("/admin/sagaflow/apitoken/add/", {"name": "x", "permissions": ["everything"]})
    assert "everything is not one of the available choices" in refused.content.decode()


def test_only_superusers_make_tokens_for_others(person, boss):
    client = person("add_apitoken", "view_apitoken", name="staff", staff=True)
    refused = client.post("/admin/sagaflow/apitoken/add/", {"name": "x", "user": User.objects.get(username="boss").pk})
    assert refused.status_code == 200
    assert not models.ApiToken.objects.exists()
    own = client.post("/admin/sagaflow/apitoken/add/", {"name": "x", "user": User.objects.get(username="staff").pk})
    assert "sgf_" in own.content.decode()


def test_a_rollback_record_tells_why_and_what_became_of_each_step(boss, recorded):
    row = models.RollbackRecord.objects.get(run_id=recorded)
    html = boss.get(f"/admin/sagaflow/rollbackrecord/{row.pk}/change/").content.decode()
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))
    for words in (
        "rolled back too-light",
        "1 compensated.",
        "Failed step ship",
        "business",
        "Started by Sagaflow",
        "↩ compensated",
        "∅ nothing to undo",
        "1 attempt",
        "Output",
        "Seal intact",
    ):
        assert words in text
    assert re.search(r'<svg[^>]* class="sf-flowchart[^"]* sf-painted', html)
    assert "sf-is-compensated" in html


def test_the_flowchart_of_a_record_shows_the_run_as_it_stood_then(boss, run_of):
    """A stuck run that an operator repaired later was stuck when its first record was written."""
    run = run_of("glass")
    engine.operate(run, "mark_done", by="vera", reason="swept up", step="fetch")
    stuck, mended = models.RollbackRecord.objects.filter(run_id=run).order_by("seq")
    shown = [boss.get(f"/admin/sagaflow/rollbackrecord/{row.pk}/change/").content.decode() for row in (stuck, mended)]
    assert "sf-is-stuck" in shown[0]
    assert "sf-is-stuck" not in shown[1]
    assert "✎" in shown[1]
    assert "by vera" in shown[1]


@pytest.mark.parametrize(
    ("name", "term", "count"),
    [
        ("run", "page_parcel", 4),
        ("run", "somebody", 4),
        ("run", "nobody", 0),
        ("run", "item=heavy", 3),
        ("run", " Feath", 1),
        ("run", "item=heav", 0),
        ("run", "page_parcel heavy", 0),
        ("bulkrepair", "van sold", 1),
        ("bulkrepair", "van bought", 0),
        ("bulkrepairitem", "parked", 2),
        ("bulkrepairitem", "drowned", 0),
        ("journalentry", "RunStarted", 4),
        ("journalentry", "nonsense", 0),
        ("rollbackrecord", "too-light", 1),
        ("operatoract", "carried hand", 1),
        ("operatoract", "carried nowhere", 0),
        ("unmatchedevent", "rain", 1),
        ("unmatchedevent", "order-7", 1),
        ("definition", "parcel", 1),
    ],
)
def test_the_search_finds_by_every_word(boss, recorded, name, term, count):
    assert boss.get(f"/admin/sagaflow/{name}/", {"q": term}).context_data["cl"].result_count == count


@pytest.mark.parametrize("name", sorted({"run", "anchoritem", *OF_RUN} - {"operatoract"}))
def test_the_beginning_of_an_id_finds_what_belongs_to_the_run(boss, recorded, name):
    listed = boss.get(f"/admin/sagaflow/{name}/", {"q": recorded[:9]}).context_data["cl"].queryset
    assert {str(getattr(row, "run_id", None) or getattr(row, "run", None) or row.pk) for row in listed} == {recorded}


def test_dates_can_be_drilled_down_to_a_day_and_back(boss, recorded):
    at = models.JournalEntry.objects.first().at
    base = "/admin/sagaflow/journalentry/"
    everything = boss.get(base).context_data["cl"].result_count
    parts = {"at__year": at.year, "at__month": at.month, "at__day": at.day}
    for length in (1, 2, 3):
        page = boss.get(base, dict(list(parts.items())[:length]))
        assert page.context_data["cl"].result_count == everything
    html = boss.get(base, {"at__year": at.year, "at__month": at.month}).content.decode()
    assert f"{at.day} {at:%B}</a>" in html
    assert boss.get(base, {"at__year": at.year - 1}).context_data["cl"].result_count == 0
    assert boss.get(base, {"at__year": "x"}).status_code in (302, 400)


def test_dates_of_every_kind_of_record_are_drilled_down(boss, recorded):
    dated = {model.__name__.lower(): each.date_hierarchy for model, each in admin.site._registry.items()}
    for name in RECORDS:
        if not (column := dated[name]):
            continue
        at = getattr(one(name), column)
        page = boss.get(f"/admin/sagaflow/{name}/", {f"{column}__year": at.year, f"{column}__month": at.month})
        assert page.context_data["cl"].result_count > 0, name
        assert f"{at.day} {at:%B}</a>" in page.content.decode(), name
        assert boss.get(f"/admin/sagaflow/{name}/", {f"{column}__year": 1999}).context_data["cl"].result_count == 0


def test_a_bulk_repair_tells_who_ordered_what_and_what_came_of_each_run(boss, recorded):
    row = models.BulkRepair.objects.get()
    html = boss.get(f"/admin/sagaflow/bulkrepair/{row.pk}/change/").content.decode()
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))
    for words in ("vera", "the van is sold", "saga x", "card-of-bulk", "✓ done 1", "✕ refused 1"):
        assert words in text
    assert f'href="/repairs/{row.pk}/"' in html
    for outcome in ("done", "refused"):
        listed = boss.get(f"/admin/sagaflow/bulkrepairitem/?repair__id__exact={row.pk}&outcome={outcome}")
        assert [item.outcome for item in listed.context_data["cl"].queryset] == [outcome]
    acts = boss.get("/admin/sagaflow/operatoract/", {"q": f"(bulk repair {str(row.pk)[:8]})"})
    assert [act.verb for act in acts.context_data["cl"].queryset] == ["skip"]


@pytest.mark.parametrize(("progress", "count"), [("open", 0), ("over", 1), ("stopped", 0)])
def test_bulk_repairs_are_filtered_by_how_far_they_are(boss, recorded, progress, count):
    listed = boss.get("/admin/sagaflow/bulkrepair/", {"progress": progress})
    assert listed.context_data["cl"].result_count == count
