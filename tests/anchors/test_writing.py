"""Anchors cover new entries. The first process writes an anchor once, with a key that can be replaced."""

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from sagaflow import engine
from sagaflow.models import Anchor, AnchorItem, JournalEntry, Run
from sagaflow.processes import anchoring
from sagaflow.store.proof import anchored, anchors, signing
from sagaflow.testing import drive
from tests.anchors.tampering import unguarded
from tests.cli.conftest import sf, started

pytestmark = pytest.mark.django_db


def test_nothing_to_anchor_is_said():
    assert sf("anchor").out == "There is nothing to anchor.\n"
    assert Anchor.objects.count() == 0


def test_an_anchor_covers_what_is_new_and_nothing_twice(rolled_back):
    first = sf("anchor", "--json").json["written"][0]
    kinds = sorted(AnchorItem.objects.filter(anchor=1).values_list("kind", flat=True))
    assert kinds == ["act", "record", "run"]
    assert (first["number"], first["items"], first["total"]) == (1, 3, 3)
    assert sf("anchor", "--json").json == {"written": [], "receipt": first["receipt"]}
    parked, fine = started(pay_do="technical"), started()
    assert sf("anchor", "--json").json["written"][0]["items"] == 2
    engine.operate(parked, "cancel", by="ann", reason="no longer wanted")
    drive(parked)
    assert sf("anchor", "--json").json["written"][0]["total"] == 3 + 2 + len({"head", "record", "act"})
    heads = AnchorItem.objects.filter(kind="run", run=parked)
    assert [head.seq for head in heads.order_by("seq")][-1] == Run.objects.get(pk=parked).seq
    assert AnchorItem.objects.filter(kind="run", run=fine).count() == 1


def test_an_entry_that_became_visible_late_is_still_covered(rolled_back):
    """A row with a lower ID can be committed after one with a higher ID."""
    late = started()
    ids = JournalEntry.objects.filter(run_id=late).values_list("pk", flat=True)
    anchors.write_all()
    with unguarded():
        AnchorItem.objects.filter(run=late)._raw_delete("default")
    assert max(ids) <= Anchor.objects.get(pk=1).journal_mark
    anchors.write_all()
    assert AnchorItem.objects.filter(run=late).exists()


def test_much_news_are_covered_by_several_anchors(monkeypatch):
    monkeypatch.setattr(anchors, "WINDOW", 7)
    runs = {started() for _ in range(4)}
    written = anchors.write_all()
    assert len(written) > 1
    assert sum(anchor.items for anchor in written) == AnchorItem.objects.count() == len(runs)
    assert {str(run) for run in AnchorItem.objects.values_list("run", flat=True)} == runs
    assert list(anchored.check_anchors()) == []


def test_a_gap_in_the_ids_is_no_news(monkeypatch):
    """Sequences skip values that were rolled back, so IDs do not say how many rows there are."""
    for _ in range(3):
        started()
    monkeypatch.setattr(anchors, "WINDOW", JournalEntry.objects.count())
    with unguarded():
        JournalEntry.objects.all()._raw_delete("default")
    cancelled = started(ship_do="business")
    engine.operate(cancelled, "cancel", by="ann", reason="too late")
    assert min(JournalEntry.objects.values_list("pk", flat=True)) > anchors.WINDOW
    assert len(anchors.write_all()) == 1


def test_the_cost_of_an_anchor_does_not_grow_with_the_runs():
    def cost():
        with CaptureQueriesContext(
            connection,
        ) as counted:
            anchors.write_all()
        return len(counted)

    started()
    anchors.write_all()
    started()
    few = cost()
    for _ in range(10):
        started()
    assert cost() == few


def test_an_anchor_is_due_after_its_interval_if_something_happened(rolled_back, caplog):
    caplog.set_level("INFO", "sagaflow")
    anchoring.anchor_once(3600)
    assert anchors.receipt(anchors.latest()) in caplog.text
    started()
    anchoring.anchor_once(3600)
    assert Anchor.objects.count() == 1
    anchoring.anchor_once(0)
    anchoring.anchor_once(0)
    assert Anchor.objects.count() == 2


def test_whoever_comes_second_writes_none(rolled_back, monkeypatch):
    anchors.write_all()
    started()
    real = anchors._save

    def overtaken(last, found, mark):
        monkeypatch.setattr(anchors, "_save", real)
        assert anchors.write()
        return real(last, found, mark)

    monkeypatch.setattr(anchors, "_save", overtaken)
    assert anchors.write() is None
    assert list(anchored.check_anchors()) == []
    assert Anchor.objects.count() == 2


def test_the_public_key_checks_a_signature_and_the_secret_is_not_shown(rolled_back, settings):
    settings.SAGAFLOW = {**settings.SAGAFLOW, "ANCHOR_KEY": "k" * 40}
    key = sf("anchor", "--key").out.strip()
    anchors.write_all()
    anchor = Anchor.objects.get()
    assert anchor.key == key == sf("anchor", "--key", "--json").json["key"]
    assert signing.holds(anchor.hash, anchor.signature, key)
    assert not signing.holds(anchor.hash, "00" * 64, key)
    assert not signing.holds(anchor.hash, "no hex", "either")


def test_after_a_change_of_the_key_earlier_anchors_are_believed_if_the_settings_say_so(rolled_back, settings):
    told, derived = settings.SAGAFLOW, signing.public_key()
    anchors.write_all()
    settings.SAGAFLOW = {**told, "ANCHOR_KEY": "k" * 40}
    assert "is not trusted" in sf("verify").out
    settings.SAGAFLOW = {**told, "ANCHOR_KEY": "k" * 40, "ANCHOR_TRUSTED_KEYS": (derived,)}
    started()
    anchors.write_all()
    assert sf("verify").code == 0
    assert Anchor.objects.values("key").distinct().count() == 2


def test_a_rotated_secret_key_of_django_is_believed_while_it_is_a_fallback(rolled_back, settings):
    anchors.write_all()
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another" * 8
    assert sf("verify").code == 0
    settings.SECRET_KEY_FALLBACKS = []
    assert sf("verify").code == 1


def test_which_anchor_vouches_for_an_entry(anchored_run):
    seq = Run.objects.get(pk=anchored_run).seq
    assert anchored.anchor_of("run", anchored_run, 2).number == 1
    assert anchored.anchor_of("run", anchored_run, seq + 1) is None
    assert anchored.covered_until(anchored_run).seq == seq


@pytest.fixture
def anchored_run(rolled_back):
    anchors.write_all()
    return rolled_back


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("the_owner")
def test_anchors_refuse_to_be_changed(rolled_back):
    anchors.write_all()
    for model in (Anchor, AnchorItem):
        with pytest.raises(DatabaseError, match="append-only"):
            model.objects.all()._raw_delete("default")
    with pytest.raises(DatabaseError, match="append-only"):
        Anchor.objects.update(items=0)
