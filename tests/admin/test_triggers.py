"""The triggers survive migrations of their tables, and missing triggers are reported."""

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import DatabaseError, connection, models

from sagaflow.models import (
    ActAnswer,
    ActRequest,
    Anchor,
    AnchorItem,
    JournalEntry,
    OperatorAct,
    RollbackRecord,
    triggers,
)
from sagaflow.store import act_requests
from sagaflow.store.proof import anchors

KEPT = [JournalEntry, RollbackRecord, OperatorAct, ActRequest, ActAnswer, Anchor, AnchorItem]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("the_owner")]


@pytest.fixture
def rows(run_of):
    from sagaflow import engine

    run_id = run_of("feather")
    engine.operate(run_id, "cancel", by="vera", reason="too late")
    wanted = act_requests.NewRequest(verb="skip", step="ship", by="vera", reason="too late", run_id=run_id)
    act_requests.answer(act_requests.add(wanted).request_id, "refused", by="bo", note="")
    anchors.write_all()


def written(model):
    return next(field for field in model._meta.concrete_fields if isinstance(field, models.CharField))


@pytest.mark.parametrize("model", KEPT)
def test_a_row_can_be_neither_changed_nor_removed(rows, model):
    assert model.objects.exists()
    with pytest.raises(DatabaseError, match="append-only"):
        model.objects.update(**{written(model).attname: "x"})
    with pytest.raises(DatabaseError, match="append-only"):
        model.objects.all()._raw_delete("default")


@pytest.mark.parametrize("model", KEPT)
def test_after_a_migration_that_changes_the_table_it_is_guarded_again(rows, model):
    """SQLite rebuilds the table and drops its triggers; at its end, `migrate` creates them again."""
    old = written(model)
    new = models.CharField(max_length=old.max_length + 1, blank=old.blank, choices=old.choices)
    new.set_attributes_from_name(old.name)
    new.model = model
    with connection.schema_editor() as editor:
        editor.alter_field(model, old, new)
    if connection.vendor == "sqlite":
        assert triggers.missing(connection)
    call_command("migrate", verbosity=0)
    assert triggers.missing(connection) == []
    with pytest.raises(DatabaseError, match="append-only"):
        model.objects.all()._raw_delete("default")
    with connection.schema_editor() as editor:
        editor.alter_field(model, new, old)
    triggers.install(connection)


def test_the_check_of_the_database_names_each_trigger_that_is_missing():
    call_command("check", databases=["default"])
    triggers.remove(connection)
    with pytest.raises(SystemCheckError) as caught:
        call_command("check", databases=["default"])
    for model in KEPT:
        assert model._meta.db_table in str(caught.value)
    assert "sagaflow.E003" in str(caught.value)
    assert "manage.py migrate --database default" in str(caught.value)
    triggers.install(connection)
