"""Runs full of secrets, and users with and without the permission to see them."""

import pytest
from django.contrib.auth.models import Permission

from sagaflow import registry
from sagaflow.store.proof import anchors
from tests.canaries import secretive
from tests.people import client_as, user_of


@pytest.fixture
def known(monkeypatch, transactional_db):
    monkeypatch.setattr(registry, "_actions", {})
    monkeypatch.setattr(registry, "_sagas", {})
    monkeypatch.setattr(registry, "_subscribers", {})
    secretive.register()


@pytest.fixture
def runs(known):
    """The IDs of the runs, by outcome."""
    found = secretive.fill()
    anchors.write_all()
    return found


@pytest.fixture
def person(transactional_db):
    """``person(sees=False)``: a user with every permission of Sagaflow, except the one to see sensitive fields."""

    every = set(Permission.objects.filter(content_type__app_label="sagaflow").values_list("codename", flat=True))

    def person(*, sees):
        permissions = every if sees else every - {"view_sensitive"}
        return client_as(user_of("seer" if sees else "vera", *permissions, staff=True))

    return person
