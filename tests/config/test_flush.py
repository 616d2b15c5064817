"""Tests that commit are cleaned up although the journal is append-only, and the next one finds it append-only again."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import DatabaseError, connections

from sagaflow.models import Definition, OperatorAct, Run, triggers

BOTH = ["default", "participant"]
NOW = datetime(2026, 1, 1, tzinfo=UTC)
pytestmark = [pytest.mark.db, pytest.mark.parametrize("turn", ["first", "second"])]


def an_act() -> OperatorAct:
    definition = Definition.objects.create(digest="0" * 64, name="order", version=1, document="{}")
    run = Run.objects.create(
        id=uuid4(), saga="order", definition=definition, snapshot="{}", seq=0, head="", created_at=NOW, updated_at=NOW
    )
    return OperatorAct.objects.create(run=run, verb="retry", by="ann", reason="mended", outcome="done", at=NOW)


@pytest.mark.django_db(databases=BOTH, transaction=True)
def test_what_a_test_committed_is_gone_in_the_next_one(turn):
    assert not OperatorAct.objects.exists()
    an_act()


@pytest.mark.django_db(databases=BOTH, transaction=True)
def test_every_test_finds_the_triggers(turn):
    assert [triggers.missing(connections[alias]) for alias in BOTH] == [[], []]


@pytest.mark.django_db(transaction=True)
def test_a_committed_act_can_be_neither_changed_nor_removed(turn):
    act = an_act()
    with pytest.raises(DatabaseError, match="append-only"):
        OperatorAct.objects.filter(pk=act.pk).update(reason="another")
    with pytest.raises(DatabaseError, match="append-only"):
        act.delete()
