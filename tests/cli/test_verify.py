"""`sagaflow verify` proves that histories are complete and unchanged."""

import pytest
from django.db import connection

from sagaflow.models import JournalEntry, RollbackRecord, Run, triggers
from tests.cli.conftest import sf, started


@pytest.fixture
def _writable(the_owner):
    triggers.remove(connection)


def test_whole_histories_are_reported_as_such():
    ids = [started(), started(ship_do="business"), started(pay_do="technical")]
    assert sf("verify").out == "Verified 3 runs and 0 anchors: no faults.\n"
    assert sf("verify", ids[0][:8], "--json").json == {"checked": 1, "anchors": 0, "whole": True, "faults": []}


def test_nothing_to_verify_is_whole():
    assert sf("verify", "--json").json == {"checked": 0, "anchors": 0, "whole": True, "faults": []}


def change(model, field, value, **which):
    def tamper(run_id):
        run = {"pk": run_id} if model is Run else {"run_id": run_id}
        assert model.objects.filter(**run, **which).update(**{field: value})

    return tamper


def lose(run_id):
    JournalEntry.objects.filter(run_id=run_id, seq=4)._raw_delete("default")


@pytest.mark.usefixtures("_writable")
@pytest.mark.parametrize(
    ("tamper", "words"),
    [
        (change(JournalEntry, "data", '{"by":"nobody"}', seq=3), "entry 3 ("),
        (change(JournalEntry, "cause", 99, seq=3), "entry 3 ("),
        (change(JournalEntry, "data", "{", seq=1), "cannot be read"),
        (change(JournalEntry, "kind", "StepInvented", seq=2), "entry 2 (StepInvented) does not match its hash"),
        (change(Run, "snapshot", '{"status":"completed"}'), "the snapshot is not what its journal says"),
        (change(Run, "seq", 7), "does not end where the run does"),
        (change(RollbackRecord, "record", "{}"), "the record of rollback 1 was changed"),
        (lose, "entry 4 is missing"),
    ],
)
def test_a_changed_history_is_a_sentence_and_exit_code_1(tamper, words):
    whole, broken = started(), started(ship_do="business")
    tamper(broken)
    triggers.install(connection)  # verify would name each that is missing
    result = sf("verify")
    assert result.code == 1
    assert words in result.out
    assert "Verified 2 runs" in result.out
    assert {fault["run"] for fault in sf("verify", "--json").json["faults"]} == {broken}
    assert sf("verify", whole).code == 0
    assert sf("verify", whole, broken).code == 1


def test_many_runs_are_verified_in_batches(monkeypatch):
    monkeypatch.setattr("sagaflow.store.lists.lookup.BATCH", 2)
    for _ in range(5):
        started()
    assert sf("verify", "--json").json["checked"] == 5


@pytest.mark.usefixtures("_writable")
def test_a_missing_trigger_is_a_fault():
    said = sf("verify")
    assert said.code == 1
    assert "The trigger sagaflow_journalentry_no_" in said.out
    assert "is missing, disabled or replaced" in " ".join(said.out.split())
