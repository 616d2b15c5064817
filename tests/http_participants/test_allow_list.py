"""The list of networks of a connection, which has replaced a checkbox."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection as database
from django.db.migrations.executor import MigrationExecutor

from sagaflow.core.participant import TechnicalError
from sagaflow.models import Connection
from sagaflow.networks import PRIVATE, allow_list
from tests.roles import grant

MIGRATION = import_module("sagaflow.migrations.0020_connection_allow")


def test_the_list_of_the_migration_is_what_the_checkbox_allowed():
    assert allow_list(MIGRATION.PRIVATE) == PRIVATE


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("the_owner")
def test_a_connection_with_the_checkbox_gets_the_list_and_back():
    before, after = [("sagaflow", "0019_run_key")], [("sagaflow", "0020_connection_allow")]
    old = MigrationExecutor(database).migrate(before).apps.get_model("sagaflow", "Connection")
    try:
        for name, allowed in (("inside", True), ("outside", False)):
            old.objects.create(name=name, host="shop.example", allow_private=allowed)
        MigrationExecutor(database).migrate(after)
        assert dict(Connection.objects.values_list("name", "allow")) == {"inside": MIGRATION.PRIVATE, "outside": ""}
        old = MigrationExecutor(database).migrate(before).apps.get_model("sagaflow", "Connection")
        assert dict(old.objects.values_list("name", "allow_private")) == {"inside": True, "outside": False}
    finally:
        executor = MigrationExecutor(database)
        executor.migrate(executor.loader.graph.leaf_nodes())
        grant(database)
    assert apps.get_model("sagaflow", "Connection").objects.count() == 2


@pytest.mark.parametrize("allow", ["", "10.0.0.0/8", "::1"])
def test_a_connection_reaches_the_networks_of_its_own_list_only(participant, connection, attempt, allow):
    Connection.objects.create(name="other", host="shop.example", allow="127.0.0.0/8")
    connection.allow = allow
    connection.save()
    with pytest.raises(TechnicalError, match=r"127\.0\.0\.1, which is denied: .* add its network to the list"):
        attempt()
    assert participant.requests == []
