"""The admin cuts long values and links to the whole value, which is masked as in an export."""

import re

import pytest

from sagaflow import engine, models
from sagaflow.core.words.long_values import MOST_SHOWN
from sagaflow.registry import Action, standing_in
from tests.admin.conftest import body, one
from tests.pages.test_large_values import LENGTH, ended, saga

NAMES = ("run", "journalentry", "rollbackrecord", "outboxmessage", "unmatchedevent", "operatoract", "bulkrepair")
LINK = re.compile(r'<a href="([^"]+)">All of it as JSON</a>')


def with_outputs(steps, length):
    """The ID of a run that has ended. Its steps have outputs of that length, and one event came too late for it."""
    big = {"blob": "x" * length, "pin": "pin-1234"}
    action = Action(name="bulk.load", does=lambda _: big)
    with standing_in(action, saga(steps)):
        run_id = engine.start("bulky", {"text": "y" * length})
        while engine.wake(run_id):
            pass
        engine.publish("Late", run_id, big)
    return run_id


def page(client, name, **of):
    row = models.__dict__[{"run": "Run", "journalentry": "JournalEntry", "unmatchedevent": "UnmatchedEvent"}[name]]
    return client.get(f"/admin/sagaflow/{name}/{row.objects.filter(**of).last().pk}/change/").content.decode()


def test_the_page_of_a_run_is_as_long_whatever_its_outputs(db, member):
    client = member("superuser")
    sizes = [len(page(client, "run", pk=with_outputs(60, length))) for length in (20, 20_000)]
    assert sizes[1] - sizes[0] < MOST_SHOWN
    assert sizes[1] < 400_000, sizes


@pytest.mark.parametrize("name", ["run", "journalentry", "unmatchedevent"])
def test_what_is_cut_is_a_link_away(db, member, name):
    run_id = with_outputs(2, LENGTH)
    client = member("superuser")
    of = {"run": {"pk": run_id}, "journalentry": {"kind": "StepSucceeded"}, "unmatchedevent": {}}[name]
    html = page(client, name, **of)
    assert "x" * (MOST_SHOWN + 1) not in html
    [link] = LINK.findall(html)
    whole = client.get(link)
    assert (whole.status_code, whole["Content-Type"]) == (200, "application/json")
    assert "x" * LENGTH in whole.content.decode()
    assert "pin-1234" in whole.content.decode()


@pytest.mark.parametrize("name", ["run", "journalentry", "unmatchedevent"])
def test_the_whole_is_masked_as_the_page_is(db, member, name):
    run_id = with_outputs(2, LENGTH)
    of = {"run": {"pk": run_id}, "journalentry": {"kind": "StepSucceeded"}, "unmatchedevent": {}}[name]
    for link in LINK.findall(page(member("superuser"), name, **of)):
        whole = member("auditor").get(link)
        assert whole.status_code == 200
        assert "pin-1234" not in whole.content.decode()
        assert member("plain").get(link).status_code == 302
        assert member("viewer").get(link).status_code == (200 if name == "run" else 403)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_but_long_columns_is_to_be_had(recorded, member, name):
    client = member("superuser")
    for column in ("id", "hash", "by", "password", "pk", "__class__"):
        assert client.get(f"/admin/sagaflow/{name}/{one(name).pk}/all/{column}/").status_code == 404


def test_each_long_column_of_each_record_can_be_had(recorded, member):
    from django.contrib import admin

    client = member("superuser")
    for model, options in admin.site._registry.items():
        for column in getattr(options, "long", ()):
            row = model.objects.order_by("pk").first()
            answer = client.get(f"/admin/sagaflow/{model._meta.model_name}/{row.pk}/all/{column}/")
            assert answer.status_code == 200, (model, column)
            assert body(answer)


def test_a_short_value_is_whole(db, member):
    run_id = ended(1, Action(name="bulk.load", does=lambda _: {"blob": "short"}), "short")
    entry = models.JournalEntry.objects.filter(run=run_id, kind="StepSucceeded").get()
    html = member("superuser").get(f"/admin/sagaflow/journalentry/{entry.pk}/change/").content.decode()
    assert "short" in html
    assert not LINK.findall(html)
