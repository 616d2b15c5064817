"""`verify` detects tampering that bypassed the triggers: it names what was changed, and the remedy."""

import re

import pytest

from sagaflow import engine
from sagaflow.models import Anchor, Run
from sagaflow.store.proof import anchors
from tests.anchors import tampering
from tests.anchors.tampering import unguarded
from tests.cli.conftest import sf, started

pytestmark = pytest.mark.django_db

OF_RUNS = [
    (tampering.edit_entry, r"Run {run}: entry 3 \(\w+\) does not match its hash.*; compare the run with a backup"),
    (tampering.swap_rows, r"Run {run}: entry 3 \(\w+\) does not match its hash"),
    (tampering.remove_entry, r"Run {run}: entry 4 is missing: 5 follows 3; compare"),
    (
        tampering.rewrite_entry,
        r"Run {run}: entry \d+ is not the one that was anchored: entries up to \d+ were rewritten",
    ),
    (
        tampering.remove_tail,
        r"Run {run}: entry \d+ is gone: the end of the journal was removed .* anchor 1 of .*backup",
    ),
    (tampering.remove_run, r"Run {run} is gone, .*: anchor 1 saw it. Restore it from a backup"),
    (tampering.edit_record, r"Run {run}: the record of rollback 1 was changed; compare"),
    (tampering.edit_column_of_record, r"Run {run}: the record of rollback 1 was changed; compare"),
    (tampering.rewrite_record, r"Run {run}: the rollback record of entry \d+ was changed after anchor 1 of .*backup"),
    (tampering.remove_record, r"Run {run}: the rollback record of entry \d+ is gone after anchor 1 of "),
    (tampering.edit_act, r"Run {run}: operator act \d+ was changed after anchor 1 of "),
    (tampering.remove_act, r"Run {run}: operator act \d+ is gone after anchor 1 of "),
]
OF_ANCHORS = [
    (tampering.remove_anchor, r"Anchor 2 is missing: 3 follows 1. Restore it from a backup"),
    (tampering.edit_anchor, r"Anchor 2 was changed: it does not match its hash; .*restore it"),
    (tampering.rehash_anchor, r"Anchor 2 was changed: its signature does not hold; .*restore it"),
    (tampering.edit_item, r"Anchor 2 covers other items than it was signed for .*restore its rows"),
    (tampering.remove_item, r"Anchor 2 covers other items than it was signed for \(1 then, 0 now\)"),
]


def test_what_nobody_touched_is_whole(anchored):
    assert sf("verify").out == "Verified 3 runs and 3 anchors: no faults.\n"


@pytest.mark.parametrize(("tamper", "sentence"), OF_RUNS, ids=lambda each: getattr(each, "__name__", ""))
def test_tampering_with_a_run_shows(anchored, tamper, sentence):
    with unguarded():
        tamper(anchored)
    said = sf("verify")
    assert said.code == 1
    assert re.search(sentence.format(run=anchored), said.out), said.out
    assert {each["run"] for each in sf("verify", "--json").json["faults"]} <= {anchored, ""}


@pytest.mark.parametrize(("tamper", "sentence"), OF_ANCHORS, ids=lambda each: getattr(each, "__name__", ""))
def test_tampering_with_an_anchor_shows(anchored, tamper, sentence):
    with unguarded():
        tamper(2)
    said = sf("verify")
    assert said.code == 1
    assert re.search(sentence, said.out), said.out


@pytest.mark.parametrize(
    "tamper", [tampering.rewrite_entry, tampering.remove_tail, tampering.rewrite_record, tampering.remove_act]
)
def test_without_an_anchor_a_rewrite_from_end_to_end_does_not_show(rolled_back, tamper):
    """The purpose of anchors, as docs/how-to/audit.md describes it."""
    with unguarded():
        tamper(rolled_back)
    assert [fault for fault in sf("verify", "--json").json["faults"] if "rollback" not in fault["fault"]] == []


def test_the_fault_says_between_which_entries_to_look(db):
    run = started(pay_do="technical")
    anchors.write_all()
    early = Run.objects.get(pk=run).seq
    engine.operate(run, "cancel", by="ann", reason="no longer wanted")
    anchors.write_all()
    with unguarded():
        tampering.JournalEntry.objects.filter(run_id=run, seq=early + 1).update(cause=1)
        tampering.consistent(run)
    late = Run.objects.get(pk=run).seq
    assert f"entries {early + 1} to {late} were rewritten after anchor 2" in sf("verify", run).out


def test_the_latest_anchor_cannot_be_removed_from_a_receipt(anchored):
    receipt = sf("anchor", "--json").json["receipt"]
    assert receipt.startswith("3:")
    assert sf("verify", "--receipt", receipt).code == 0
    with unguarded():
        tampering.remove_anchor(3)
    assert sf("verify").code == 0
    said = sf("verify", "--receipt", receipt)
    assert said.code == 1
    assert f"Anchor 3 is gone: its receipt was {receipt}" in said.out
    started()
    sf("anchor")
    assert f"Anchor 3 was replaced: its receipt was {receipt}" in sf("verify", "--receipt", receipt).out
    assert "is gone" in sf("verify", "--receipt", "nonsense").out


def test_an_anchor_signed_by_somebody_else_is_not_believed(anchored, settings):
    anchor = Anchor.objects.get(pk=3)
    told = settings.SAGAFLOW
    settings.SAGAFLOW = {**told, "ANCHOR_KEY": "f" * 40}
    with unguarded():
        tampering.remove_anchor(3)
        started()
        anchors.write_all()
    settings.SAGAFLOW = told
    said = sf("verify")
    assert said.code == 1
    assert "Anchor 3 is signed with the key" in said.out
    assert anchor.key not in said.out
    assert "ANCHOR_TRUSTED_KEYS" in said.out
