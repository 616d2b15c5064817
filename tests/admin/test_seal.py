"""The seal on a page shows if its content was changed afterwards, and says what to do."""

import re

import pytest

from sagaflow import models
from sagaflow.store.proof import anchors
from tests.admin.conftest import one
from tests.anchors import tampering
from tests.anchors.tampering import unguarded

WITH_SEAL = ["run", "journalentry", "rollbackrecord", "operatoract", "definition", "anchor"]


def seal(client, name, pk):
    html = client.get(f"/admin/sagaflow/{name}/{pk}/change/").content.decode()
    found = re.search(r'<section class="sf-seal[^>]*>(.*?)</section>', html, re.DOTALL).group(1)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", found)).strip()


@pytest.mark.parametrize("name", WITH_SEAL)
def test_what_nobody_touched_is_sealed(boss, recorded, name):
    assert "Seal intact." in seal(boss, name, one(name).pk)


def test_it_says_which_anchor_has_signed(boss, run_of):
    run = run_of("feather")
    record = models.RollbackRecord.objects.get()
    assert "no anchor has signed them yet" in seal(boss, "run", run)
    assert "not signed by an anchor yet" in seal(boss, "rollbackrecord", record.pk)
    anchors.write_all()
    assert "as signed by anchor 1 of " in seal(boss, "run", run)
    assert "signed by anchor 1 of " in seal(boss, "rollbackrecord", record.pk)
    assert "signed by anchor 1 of " in seal(boss, "journalentry", one("journalentry").pk)


@pytest.mark.parametrize(
    ("tamper", "words"),
    [
        (tampering.edit_entry, "does not match its hash"),
        (tampering.rewrite_record, "was changed after anchor 1"),
        (tampering.edit_record, "was changed; compare the run with a backup"),
        (tampering.remove_tail, "the end of the journal was removed"),
    ],
)
def test_tampering_breaks_the_seal_of_run_and_record(boss, recorded, tamper, words):
    record = models.RollbackRecord.objects.get(run_id=recorded)
    with unguarded():
        tamper(recorded)
    for name, pk in (("run", recorded), ("rollbackrecord", record.pk)):
        said = seal(boss, name, pk)
        assert "Seal broken." in said
        assert words in said


def test_a_list_marks_the_row_that_was_changed(boss, recorded):
    entry = models.JournalEntry.objects.get(run_id=recorded, seq=3)
    with unguarded():
        tampering.edit_entry(recorded)
        tampering.edit_column_of_record(recorded)
    html = boss.get(f"/admin/sagaflow/journalentry/?run__id__exact={recorded}").content.decode()
    assert html.count("</span> broken") == 1
    assert "</span> broken" in boss.get("/admin/sagaflow/rollbackrecord/").content.decode()
    assert "Seal broken." in seal(boss, "journalentry", entry.pk)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "null", '{"steps": [{}]}'])
def test_pages_and_exports_survive_whatever_was_written_over_the_rows(boss, recorded, text):
    with unguarded():
        models.RollbackRecord.objects.update(record=text)
        models.JournalEntry.objects.filter(run_id=recorded).update(data=text, kind="Nonsense")
        models.Run.objects.filter(pk=recorded).update(snapshot=text)
    record = models.RollbackRecord.objects.get(run_id=recorded)
    entry = models.JournalEntry.objects.filter(run_id=recorded).first()
    for name, pk in (("run", recorded), ("rollbackrecord", record.pk), ("journalentry", entry.pk)):
        assert "Seal broken." in seal(boss, name, pk)
        assert boss.get(f"/admin/sagaflow/{name}/").status_code == 200
        assert boss.get(f"/admin/sagaflow/{name}/export/csv/").getvalue()


def test_a_definition_that_was_changed_is_told(boss, recorded):
    definition = one("definition")
    models.Definition.objects.update(document="{}")
    assert "Seal broken." in seal(boss, "definition", definition.pk)


def test_an_anchor_that_was_changed_is_told(boss, recorded):
    with unguarded():
        tampering.edit_item(1)
    assert "covers other items than it was signed for" in seal(boss, "anchor", 1)
