"""One author takes no time and no room from the others: lists read no document, and drafts are limited per user."""

import json
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from designer.pages import design_list
from sagaflow.core.definition import document
from sagaflow.models import Draft, DraftEdit
from sagaflow.store import draft_summary, drafts, sketches
from sagaflow.store.drafts import NewDraft
from tests.designer.conftest import TRIP

TEXTS = ("document", "base", "base_text", "text")


def draft_of(by="wilma", **more):
    return drafts.create(NewDraft(source="new", document=document.dump(TRIP) | more), by)


def reading(queries):
    """Return the queries that read the text of a draft."""
    table = Draft._meta.db_table
    return [each["sql"] for each in queries if any(f'"{table}"."{text}"' in each["sql"] for text in TEXTS)]


def lists(client):
    yield client.get("/design/")
    yield client.get("/")
    yield client.get("/jump/", {"q": "trip"})
    yield client.get("/definitions/")
    yield client.post("/design/new/", {"name": "9"})  # the list with the reason


@pytest.mark.parametrize("at", range(5), ids=["drafts", "home", "palette", "sagas", "refused"])
def test_no_page_that_lists_drafts_reads_a_document_of_one(vera, at, monkeypatch):
    monkeypatch.setattr(design_list, "_templates", lambda: ())
    for number in range(5):
        draft_of(name=f"trip-{number}", title=f"Trip {number}")

    def read(*_):
        raise AssertionError("a list reads a document")

    monkeypatch.setattr(sketches, "_sketched", read)
    with CaptureQueriesContext(connection) as made:
        answer = next(each for number, each in enumerate(lists(vera)) if number == at)
    assert answer.status_code in {200, 400}
    assert reading(made) == []
    if at in {0, 4}:
        assert "Trip 4" in answer.content.decode()


def test_a_list_asks_the_database_as_often_for_many_drafts_as_for_one(vera):
    asked = []
    for number in (1, 20):
        for _ in range(number):
            draft_of()
        with CaptureQueriesContext(connection) as made:
            vera.get("/design/")
        asked.append(len(made))
    assert asked[0] == asked[1]


def test_the_columns_of_a_list_follow_every_change_of_the_document(vera, begun):
    draft = begun(vera)
    for step in (
        lambda: draft.edit("set-field", element="saga", field="title", value="Better"),
        lambda: draft.edit("rename", element="saga", name="tour"),
        draft.undo,
        draft.redo,
        lambda: draft.type(json.dumps(document.dump(TRIP) | {"name": "typed", "title": "Typed"})),
        draft.undo,
    ):
        assert step().status_code == 200
        [head], [row] = draft_summary.heads(), Draft.objects.all()
        line = drafts.read(head.id)
        assert (head.name, head.title) == (line.document["name"], line.document.get("title", ""))
        assert head.about == draft_summary.about("", line.document)
        edits = drafts.history(head.id)
        held = [row.base, row.base_text, row.document, row.text]
        held += [json.dumps(part, separators=(",", ":")) for e in edits for part in (e.operation, e.undo) if part]
        held += [json.dumps(e.redo, separators=(",", ":")) for e in edits if e.redo]
        assert row.size == pytest.approx(sum(len(text) for text in held), abs=4 * len(edits))


def test_a_user_has_no_more_open_drafts_than_the_setting_says(vera, settings, opened, begun):
    settings.SAGAFLOW = {**settings.SAGAFLOW, "DRAFTS_PER_USER": 2}
    for name in ("one", "two"):
        begun(vera, name)
    name = Draft.objects.first().created_by
    words = f"&#x27;{name}&#x27; has 2 open drafts, and 2 is the limit. Publish or discard some of them first"
    refused = vera.post("/design/new/", {"name": "three", "steps": "a\nb"})
    assert refused.status_code == 400
    assert words in refused.content.decode()
    assert "a\nb" in refused.content.decode()  # nothing that was typed is lost
    assert words in vera.post("/definitions/draft_trip/design/", follow=True).content.decode()
    assert Draft.objects.count() == 2
    drafts.close(Draft.objects.first().pk, name)
    opened(vera)
    draft_of("another-user")


def test_a_user_has_no_more_bytes_of_drafts_than_the_setting_says(vera, settings, begun):
    settings.SAGAFLOW = {**settings.SAGAFLOW, "DRAFT_BYTES_PER_USER": 4_000}
    draft = begun(vera, steps="one\ntwo")
    refused = draft.edit("set-field", element="saga", field="note", value="n" * 4_000)
    assert refused.status_code == 409
    assert "bytes, and 4000 is the limit. Publish or discard some" in refused.json()["error"]["message"]
    assert draft.get("state/").json()["document"] == draft.state["document"]
    assert draft.edit("delete-steps", steps=["two"]).status_code in {200, 409}
    steps = "\n".join(f"step_{at}" for at in range(60))
    assert "4000 is the limit" in vera.post("/design/new/", {"name": "b", "steps": steps}).content.decode()


def test_to_open_and_discard_again_and_again_leaves_no_more_rows_than_may_be_open(vera, settings, opened):
    settings.SAGAFLOW = {**settings.SAGAFLOW, "DRAFTS_PER_USER": 3}
    other = draft_of("another-user")
    drafts.close(other.id, "another-user")
    addresses = []
    for number in range(8):
        draft = opened(vera)
        assert draft.edit("set-field", element="saga", field="title", value=f"T{number}").status_code == 200
        assert vera.post(draft.address + "discard/", {"confirmed": "yes"}).status_code == 302
        addresses.append(draft.address)
    kept = Draft.objects.exclude(pk=other.id)
    assert [str(each.pk) in "".join(addresses[-3:]) for each in kept] == [True] * 3
    assert Draft.objects.filter(pk=other.id).exists(), "that of another user"
    assert set(DraftEdit.objects.values_list("draft", flat=True)) == {each.pk for each in kept}
    assert [vera.get(address).status_code for address in addresses[-4:]] == [404, 302, 302, 302]


def test_closed_drafts_have_no_more_bytes_than_open_ones_may_have_and_the_newest_stays(settings):
    drafts_of_wilma = [draft_of(note="n" * 3_000) for _ in range(4)]
    settings.SAGAFLOW = {**settings.SAGAFLOW, "DRAFT_BYTES_PER_USER": 2 * drafts_of_wilma[0].size}
    for each in drafts_of_wilma:
        drafts.close(each.id, "wilma")
    assert {each.pk for each in Draft.objects.all()} == {each.id for each in drafts_of_wilma[2:]}
    settings.SAGAFLOW = {**settings.SAGAFLOW, "DRAFT_BYTES_PER_USER": 1_024}
    drafts.close(drafts_of_wilma[3].id, "wilma")
    assert Draft.objects.get().pk == drafts_of_wilma[3].id


def test_to_make_a_draft_smaller_is_never_refused(vera, settings, begun):
    draft = begun(vera, steps="one\ntwo")
    draft.edit("set-field", element="saga", field="note", value="n" * 3_000)
    settings.SAGAFLOW = {**settings.SAGAFLOW, "DRAFT_BYTES_PER_USER": 100}
    assert draft.undo().status_code == 200


def test_what_can_be_undone_is_limited_by_its_bytes_too(vera, settings, begun, monkeypatch):
    settings.SAGAFLOW = {**settings.SAGAFLOW, "DRAFT_LIMIT": 4_000}
    monkeypatch.setattr(drafts, "KEPT_LIMITS", 2)
    draft = begun(vera)
    for letter in "abcdefgh":
        assert draft.edit("set-field", element="saga", field="note", value=letter * 1_500).status_code == 200
    edits = drafts.history(Draft.objects.get().pk)
    assert 1 <= len(edits) <= 3
    assert [each.number for each in edits] == list(range(9 - len(edits), 9))
    assert Draft.objects.get().size < 20_000


def test_drafts_of_earlier_versions_get_their_columns_when_the_database_is_migrated(vera, opened, begun):
    open_ = opened(vera)
    open_.edit("rename", element="saga", name="tour")
    open_.undo()
    open_.edit("set-field", element="saga", field="title", value="Ümlaut")
    begun(vera)
    before = sorted(Draft.objects.values_list("pk", "title", "about", "size"))
    assert all(size for *_, size in before)
    Draft.objects.update(title="", about="[]", size=0)
    migration = import_module("sagaflow.migrations.0028_draft_summary")
    migration.fill(apps, SimpleNamespace(connection=connection))
    after = sorted(Draft.objects.values_list("pk", "title", "about", "size"))
    assert [(title, as_set(about)) for _, title, about, _ in after] == [
        (title, as_set(about)) for _, title, about, _ in before
    ]
    assert [size for *_, size in after] == pytest.approx([size for *_, size in before], abs=8)


def as_set(about):
    return {(name, *teams) for name, teams in json.loads(about)}
