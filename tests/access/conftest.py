"""Shared fixtures of the access tests: the registry with two sagas, and their rows."""

import pytest
from channels.layers import channel_layers
from django.core.cache import cache

from sagaflow import registry
from tests.access import sagas
from tests.access.world import fill


@pytest.fixture(autouse=True)
def _known(monkeypatch):
    monkeypatch.setattr(registry, "_actions", {})
    monkeypatch.setattr(registry, "_sagas", {})
    sagas.put_into(registry)
    channel_layers.backends.clear()
    cache.clear()


@pytest.fixture
def world(db):
    return fill()
