"""History cannot be changed, and if it was changed anyway, the change is detected."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, connections

from sagaflow import engine, store
from sagaflow.models import ActAnswer, ActRequest, Definition, JournalEntry, OperatorAct, RollbackRecord, Run, triggers
from sagaflow.store import act_requests, protection
from sagaflow.store.act_requests import NewRequest
from sagaflow.store.definitions import BrokenDefinition, of
from sagaflow.store.proof import anchored, anchors
from tests import roles
from tests.anchors.tampering import unguarded
from tests.engine.conftest import BOTH, finish
from tests.roles import the_owner

pytestmark = pytest.mark.django_db(databases=BOTH, transaction=True)


@pytest.fixture
def run():
    run = engine.start("five", {"plan": {"third:do": ["business"]}})
    finish(run)
    engine.operate(run, "cancel", by="ann", reason="too late")
    return run


@pytest.mark.usefixtures("the_owner")
@pytest.mark.parametrize("model", [JournalEntry, RollbackRecord, OperatorAct])
def test_history_refuses_to_be_changed(run, model):
    assert model.objects.filter(run_id=run).exists()
    with pytest.raises(DatabaseError, match=f"{model._meta.db_table} is append-only"):
        model.objects.filter(run_id=run).update(run_id=run)
    with pytest.raises(DatabaseError, match="append-only"):
        model.objects.filter(run_id=run)._raw_delete("default")


@pytest.mark.usefixtures("the_owner")
def test_missing_triggers_are_named_and_come_back_with_migrate():
    for alias in BOTH:
        triggers.remove(connections[alias])
        gone = triggers.missing(connections[alias])
        assert any(name.startswith("sagaflow_journalentry") for name in gone)
        call_command("migrate", database=alias, verbosity=0)
        assert triggers.missing(connections[alias]) == []


def change(sql, *params):
    with unguarded(), connection.cursor() as cursor:
        cursor.execute(sql, params)


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


def rows_of(model):
    columns = [field.column for field in model._meta.concrete_fields]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)} FROM {model._meta.db_table}")
        return columns, cursor.fetchall()


@pytest.mark.usefixtures("the_owner")
@pytest.mark.parametrize("model", triggers.KEPT)
def test_no_row_is_replaced_by_an_insert(run, model):
    """SQLite deletes the old row of INSERT OR REPLACE without asking the trigger for DELETE."""
    anchors.write_all()
    asked = act_requests.add(NewRequest(verb="skip", step="third", by="ann", reason="paid in cash", run_id=run))
    act_requests.answer(asked.request_id, ActAnswer.Outcome.REFUSED, by="bob", note="it was not")
    columns, before = rows_of(model)
    assert before
    places = ", ".join(["%s"] * len(columns))
    key = model._meta.pk.column
    forms = {
        "sqlite": "INSERT OR REPLACE INTO {table} ({columns}) VALUES ({places})",
        "postgresql": (
            "INSERT INTO {table} ({columns}) VALUES ({places}) ON CONFLICT ({key}) DO UPDATE SET {key} = EXCLUDED.{key}"
        ),
    }
    names = {"table": model._meta.db_table, "columns": ", ".join(columns), "places": places, "key": key}
    for row in before:
        changed = [value if column == key else _other(value) for column, value in zip(columns, row, strict=True)]
        for given in (changed, list(row)):
            with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
                cursor.execute(forms[connection.vendor].format(**names), given)
    if connection.vendor == "sqlite" and model not in (OperatorAct, ActRequest) and key == "id":
        others = [None if column == key else value for column, value in zip(columns, before[0], strict=True)]
        with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
            cursor.execute(forms["sqlite"].format(**names), others)  # another ID, and the same run and entry
    assert rows_of(model) == (columns, before)


def _other(value):
    return "x" if isinstance(value, str) and not value.startswith("{") and len(value) not in (26, 32, 36) else value


OTHER_TABLE = "CREATE TRIGGER {table}_no_update BEFORE UPDATE ON sagaflow_run BEGIN SELECT 1; END"
NO_ROW = (
    "CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} WHEN 0 BEGIN SELECT RAISE(ABORT, 'append-only'); END"
)
NOTHING = (
    "CREATE OR REPLACE FUNCTION sagaflow_append_only() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$"
)
CREATE = "CREATE OR REPLACE TRIGGER {table}_no_change BEFORE"
CALL = "EXECUTE FUNCTION sagaflow_append_only()"
REPLACED = {
    "sqlite": [
        ["DROP TRIGGER {table}_no_update"],
        ["DROP TRIGGER {table}_no_update", OTHER_TABLE],
        ["DROP TRIGGER {table}_no_update", NO_ROW],
        ["DROP TRIGGER {table}_no_replace"],
    ],
    "postgresql": [
        ["DROP TRIGGER {table}_no_change ON {table}"],
        ["ALTER TABLE {table} DISABLE TRIGGER {table}_no_change"],
        ["ALTER TABLE {table} ENABLE REPLICA TRIGGER {table}_no_change"],
        [NOTHING],
        [f"{CREATE} UPDATE OR DELETE ON {{table}} FOR EACH ROW WHEN (false) {CALL}"],
        [f"{CREATE} DELETE ON {{table}} FOR EACH ROW {CALL}"],
    ],
}
"""The statements by which an owner of the tables can disarm a trigger that keeps its name."""


@pytest.mark.usefixtures("the_owner")
@pytest.mark.parametrize("model", triggers.KEPT)
def test_a_trigger_counts_only_with_its_table_its_state_and_its_body(model):
    for statements in REPLACED[connection.vendor]:
        assert triggers.missing(connection) == []
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement.format(table=model._meta.db_table))
        gone = triggers.missing(connection)
        assert gone, statements
        assert protection.faults("default") == [
            f"The trigger {name} is missing, disabled or replaced, so that recorded history could be changed: find out "
            f"who did it, then run `manage.py migrate`, which creates it again."
            for name in gone
        ]
        triggers.install(connection)
    assert triggers.missing(connection) == []


@pytest.mark.usefixtures("tampers")
def test_an_invented_act_shows(run):
    assert engine.verify(run) == []
    store.record_act(run, "cancel", step="", by="the boss", reason="so it is", outcome="done", detail="")
    (fault,) = engine.verify(run)
    assert "the action 'cancel' by 'the boss' at " in fault
    assert "has no entry in the journal: it was written past Sagaflow" in fault


@pytest.mark.usefixtures("tampers")
def test_an_act_at_the_time_of_anothers_entry_shows(run):
    at = JournalEntry.objects.filter(run_id=run).latest("seq").clock
    store.record_act(run, "cancel", step="", by="the boss", reason="so it is", outcome="done", detail="", at=at)
    assert len(engine.verify(run)) == 1


def test_the_two_roles_of_the_documentation_are_enough_and_not_too_much():
    """All tests run under the role of the application. Here nothing that it does changes what has happened."""
    if connection.vendor != "postgresql":
        return  # SQLite has no roles
    run = engine.start("five", {"plan": {"third:do": ["business"]}})
    finish(run)
    engine.operate(run, "cancel", by="ann", reason="too late")
    anchors.write_all()
    assert engine.verify(run) == []
    assert list(anchored.check_anchors()) == []
    assert triggers.missing(connection) == []
    for model in triggers.KEPT:
        table, key = model._meta.db_table, model._meta.pk.column
        for statement in (
            f"UPDATE {table} SET {key} = {key}",
            f"DELETE FROM {table}",
            f"TRUNCATE {table}",
            f"ALTER TABLE {table} DISABLE TRIGGER ALL",
            f"DROP TRIGGER {table}_no_change ON {table}",
        ):
            refused(statement)
    refused(NOTHING)


def refused(statement):
    with pytest.raises(DatabaseError, match=r"permission denied|must be owner"), connection.cursor() as cursor:
        cursor.execute(statement)


def test_every_thread_has_the_role_of_the_application():
    def role():
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            found = cursor.fetchone()[0]
        connection.close()
        return found

    if connection.vendor == "postgresql":
        with the_owner(), ThreadPoolExecutor(1) as thread:
            # The pool has the owner's connection back before the thread asks for one.
            assert (roles.APPLICATION in role(), thread.submit(role).result()) == (False, roles.APPLICATION)
        assert role() == roles.APPLICATION
