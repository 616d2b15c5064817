"""Runs full of secrets, and users with and without the permission to see them."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from sagaflow import registry
from sagaflow.store.proof import anchors
from tests.canaries import secretive


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

    def person(*, sees):
        user, _ = User.objects.get_or_create(username="seer" if sees else "vera", is_staff=True)
        known = Permission.objects.filter(content_type__app_label="sagaflow")
        user.user_permissions.set(known if sees else known.exclude(codename="view_sensitive"))
        client = Client()
        client.force_login(user)
        return client

    return person
