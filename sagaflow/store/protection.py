"""The triggers that keep history append-only, and the one operation that removes them for a moment."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections

from sagaflow.models import triggers

__all__ = ["faults", "is_configured", "lifted", "present"]


def is_configured(alias: str) -> bool:
    """True if the connection leads to the database that the settings named when the process started."""
    return str(connections[alias].settings_dict["NAME"]) == triggers.CONFIGURED.get(alias)


def present(alias: str) -> bool:
    """True if the database has tables that are append-only."""
    return bool(triggers.wanted(connections[alias]))


def faults(alias: str) -> list[str]:
    """Return a sentence for each trigger of a database that does not protect its table."""
    return [
        f"The trigger {name} is missing, disabled or replaced, so that recorded history could be changed: find out who "
        f"did it, then run `manage.py migrate`, which creates it again."
        for name in triggers.missing(connections[alias])
    ]


@contextmanager
def lifted(alias: str) -> Iterator[None]:
    """Remove the triggers and create them again. Call it in a transaction: if that fails, they were never gone."""
    triggers.remove(connections[alias])
    yield
    triggers.install(connections[alias])
