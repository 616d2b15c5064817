"""Tables are emptied after tests that commit, although the journal is append-only; the next test finds it so again."""

from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, connections
from django.test.utils import _TestState

from sagaflow.models import Definition, OperatorAct, Run, triggers
from tests.roles import the_owner

BOTH = ["default", "participant"]
NOW = datetime(2026, 1, 1, tzinfo=UTC)
pytestmark = [pytest.mark.db, pytest.mark.whole_flush]
twice = pytest.mark.parametrize("turn", ["first", "second"])


def an_act() -> OperatorAct:
    definition = Definition.objects.create(digest="0" * 64, name="order", version=1, document="{}")
    run = Run.objects.create(
        id=uuid4(), saga="order", definition=definition, snapshot="{}", seq=0, head="", created_at=NOW, updated_at=NOW
    )
    return OperatorAct.objects.create(run=run, verb="retry", by="ann", reason="mended", outcome="done", at=NOW)


@twice
@pytest.mark.django_db(databases=BOTH, transaction=True)
def test_what_a_test_committed_is_gone_in_the_next_one(turn):
    assert not OperatorAct.objects.exists()
    an_act()


@twice
@pytest.mark.django_db(databases=BOTH, transaction=True)
def test_every_test_finds_the_triggers(turn):
    assert [triggers.missing(connections[alias]) for alias in BOTH] == [[], []]


@pytest.mark.usefixtures("the_owner")
@twice
@pytest.mark.django_db(transaction=True)
def test_a_committed_act_can_be_neither_changed_nor_removed(turn):
    act = an_act()
    with pytest.raises(DatabaseError, match="append-only"):
        OperatorAct.objects.filter(pk=act.pk).update(reason="another")
    with pytest.raises(DatabaseError, match="append-only"):
        act.delete()


@pytest.fixture
def act(transactional_db):
    return an_act()


@contextmanager
def otherwise(*, configured=None, of_tests=None, environment=True):
    """Patches what is known of the database, for the body only: the flush after the test must see the original."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(connection.settings_dict, "TEST", connection.settings_dict["TEST"] | {"NAME": of_tests})
        patch.setitem(triggers.CONFIGURED, "default", configured or str(connection.settings_dict["NAME"]))
        if not environment:
            patch.delattr(_TestState, "saved_data")
        yield


def flush(**options):
    with the_owner():
        call_command("flush", interactive=False, verbosity=0, **options)


@pytest.mark.parametrize("known", [{}, {"configured": "another", "environment": False}], ids=["name", "environment"])
def test_what_is_not_surely_a_test_database_is_not_flushed(act, known):
    """A site that keeps its mails in memory has a `mail.outbox` too, but it is not a test."""
    assert hasattr(mail, "outbox")
    with otherwise(**known), pytest.raises(CommandError, match=r'"default" holds the history .* never deleted'):
        flush()
    assert OperatorAct.objects.count() == 1
    assert triggers.missing(connection) == []


def test_a_database_that_the_settings_name_as_the_one_for_tests_is_flushed(act):
    with otherwise(of_tests=connection.settings_dict["NAME"]):
        flush()
    assert not OperatorAct.objects.exists()


@pytest.mark.parametrize("inhibit", [False, True])
def test_the_triggers_are_there_after_a_flush_whether_it_ends_with_the_signal_or_not(act, inhibit):
    flush(inhibit_post_migrate=inhibit)
    assert triggers.missing(connection) == []


def test_the_triggers_are_there_after_a_flush_that_failed(act):
    def fails(*_, **__):
        raise DatabaseError("the disk is full")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection.ops, "execute_sql_flush", fails)
        with pytest.raises(CommandError):
            flush()
    assert triggers.missing(connection) == []
    assert OperatorAct.objects.count() == 1
