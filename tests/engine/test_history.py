"""History cannot be changed, and if it was changed anyway, the change is detected."""

import re

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, connections

from sagaflow import engine
from sagaflow.models import Definition, JournalEntry, OperatorAct, RollbackRecord, Run, triggers
from sagaflow.store.definitions import BrokenDefinition, of
from tests.engine.conftest import BOTH, finish

pytestmark = pytest.mark.django_db(databases=BOTH, transaction=True)


@pytest.fixture
def run():
    run = engine.start("five", {"plan": {"third:do": ["business"]}})
    finish(run)
    engine.operate(run, "cancel", by="ann", reason="too late")
    return run


@pytest.mark.parametrize("model", [JournalEntry, RollbackRecord, OperatorAct])
def test_history_refuses_to_be_changed(run, model):
    assert model.objects.filter(run_id=run).exists()
    with pytest.raises(DatabaseError, match=f"{model._meta.db_table} is append-only"):
        model.objects.filter(run_id=run).update(run_id=run)
    with pytest.raises(DatabaseError, match="append-only"):
        model.objects.filter(run_id=run)._raw_delete("default")


def test_missing_triggers_are_named_and_come_back_with_migrate():
    for alias in BOTH:
        triggers.remove(connections[alias])
        gone = triggers.missing(connections[alias])
        assert any(name.startswith("sagaflow_journalentry") for name in gone)
        call_command("migrate", database=alias, verbosity=0)
        assert triggers.missing(connections[alias]) == []


def change(sql, *params):
    triggers.remove(connection)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
    triggers.install(connection)


@pytest.mark.usefixtures("tampers")
@pytest.mark.parametrize(
    ("sql", "sentence"),
    [
        ("UPDATE sagaflow_journalentry SET data = '{}' WHERE seq = 5", "entry 5 .* does not match its hash"),
        ("UPDATE sagaflow_journalentry SET clock = clock + 1 WHERE seq = 3", "entry 3 .* does not match its hash"),
        ("DELETE FROM sagaflow_journalentry WHERE seq = 4", "entry 4 is missing"),
        ("UPDATE sagaflow_run SET snapshot = '{}'", "the snapshot is not what its journal says"),
        ("UPDATE sagaflow_run SET seq = 99", "does not end where the run does"),
        ("UPDATE sagaflow_rollbackrecord SET record = '{}'", "the record of rollback 1 was changed"),
    ],
)
def test_a_change_behind_the_back_of_the_triggers_shows(run, sql, sentence):
    assert engine.verify(run) == []
    change(sql)
    assert any(re.search(sentence, fault) for fault in engine.verify(run))


@pytest.mark.usefixtures("tampers")
def test_a_run_does_not_go_on_with_a_definition_that_was_changed():
    run = engine.start("five", {})
    of.cache_clear()
    Definition.objects.update(document="{}")
    with pytest.raises(BrokenDefinition, match="was changed; restore its row"):
        engine.wake(run)
    of.cache_clear()


def test_every_run_of_every_kind_keeps_a_whole_history():
    for saga in ("five", "five-exact", "danced", "mixed", "fork", "letter", "timed", "parent"):
        finish(engine.start(saga, {}))
    assert Run.objects.count() >= 8
