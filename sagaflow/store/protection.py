"""The triggers that keep history append-only, and the one occasion on which they step aside."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections

from sagaflow.models import triggers

__all__ = ["is_configured", "lifted", "present"]


def is_configured(alias: str) -> bool:
    """Whether the connection leads to the database that the settings named as the process began."""
    return str(connections[alias].settings_dict["NAME"]) == triggers.CONFIGURED.get(alias)


def present(alias: str) -> bool:
    """Whether the database has tables that are append-only."""
    return bool(triggers.wanted(connections[alias]))


@contextmanager
def lifted(alias: str) -> Iterator[None]:
    """Take the triggers away and bring them back, inside a transaction: where it fails, they have never been gone."""
    triggers.remove(connections[alias])
    yield
    triggers.install(connections[alias])
