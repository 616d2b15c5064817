"""The fast way to empty the databases after a test that commits leaves what `migrate` left, and nothing else."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.db import connections

from sagaflow.models import OperatorAct, triggers
from tests.config.test_flush import BOTH, an_act

pytestmark = [pytest.mark.db, pytest.mark.django_db(databases=BOTH, transaction=True)]
thrice = pytest.mark.parametrize("turn", ["first", "second", "third"])


@thrice
def test_what_a_test_committed_is_gone_and_the_triggers_are_there(turn):
    assert [OperatorAct.objects.count(), User.objects.count(), Group.objects.count()] == [0, 0, 0]
    assert [triggers.missing(connections[alias]) for alias in BOTH] == [[], []]
    an_act()
    User.objects.create(username="ann").groups.add(Group.objects.create(name="operators"))
    Group.objects.get().permissions.add(Permission.objects.first())


@thrice
@pytest.mark.parametrize("alias", BOTH)
def test_permissions_and_content_types_are_those_of_the_models_whatever_a_test_did_to_them(turn, alias):
    assert Permission.objects.using(alias).filter(codename="operate_run", name__startswith="Can retry").exists()
    assert not ContentType.objects.using(alias).filter(app_label="nowhere").exists()
    if turn == "first":
        Permission.objects.using(alias).update(name="Nothing")
    else:
        Permission.objects.using(alias).all().delete()
        ContentType.objects.using(alias).create(app_label="nowhere", model="nothing")
