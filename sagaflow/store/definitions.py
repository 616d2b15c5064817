"""Definitions by digest: stored permanently in the database, and cached in the memory of the process."""

import hashlib
import json
from functools import lru_cache

from django.db import connection

from sagaflow.core.definition import document
from sagaflow.core.definition.saga import Saga
from sagaflow.core.payload import canonical
from sagaflow.models import Definition
from sagaflow.store.errors import UNREADABLE, Broken

__all__ = ["BrokenDefinition", "numbered", "of", "pin", "readable", "versions"]

INSERT = """
INSERT INTO sagaflow_definition (digest, name, version, document, created_at)
SELECT %s, %s, coalesce(max(version), 0) + 1, %s, CURRENT_TIMESTAMP FROM sagaflow_definition WHERE name = %s
ON CONFLICT DO NOTHING
"""


class BrokenDefinition(Broken):
    """A stored definition is gone, was changed or cannot be loaded, so that its runs cannot continue."""


@lru_cache(maxsize=1024)
def of(digest: str) -> Saga:
    """Return the definition that a run is pinned to.

    Raises:
        BrokenDefinition: the row is gone, its content no longer has its digest, or this version cannot load it.
    """
    text = Definition.objects.filter(pk=digest).values_list("document", flat=True).first()
    if text is None or hashlib.sha256(text.encode()).hexdigest() != digest:
        fate = "is gone" if text is None else "was changed"
        raise BrokenDefinition(f"The definition {digest} {fate}; restore its row in sagaflow_definition from a backup.")
    try:
        return document.restore(json.loads(text))
    except UNREADABLE as error:
        why = f"{type(error).__name__}: {error}"
        raise BrokenDefinition(
            f"The definition {digest} cannot be loaded ({why}); run the version of Sagaflow that its runs began with."
        ) from error


def readable(digest: str) -> Saga | None:
    """Return the definition, or ``None`` if it cannot be loaded: lists go on, and `sagaflow verify` reports it."""
    try:
        return of(digest)
    except BrokenDefinition:
        return None


def versions(name: str) -> tuple[Saga, ...]:
    """Return the versions of a saga that a run ever started with, without those that cannot be loaded."""
    digests = Definition.objects.filter(name=name).order_by().values_list("pk", flat=True)
    return tuple(saga for saga in map(readable, digests) if saga is not None)


def numbered(name: str, number: int) -> Saga | None:
    """Return a version of a saga that a run ever started with, by its number; ``None``: there is none.

    Raises:
        BrokenDefinition: it cannot be loaded.
    """
    digest = Definition.objects.filter(name=name, version=number).values_list("pk", flat=True).first()
    return None if digest is None else of(digest)


def pin(saga: Saga) -> None:
    """Store ``saga`` under its digest with the next version number of its name, unless it is stored already."""
    text = canonical(document.dump(saga))
    while not Definition.objects.filter(pk=saga.digest).exists():
        with connection.cursor() as cursor:
            cursor.execute(INSERT, [saga.digest, saga.name, text, saga.name])
