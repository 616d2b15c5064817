"""Reads the documents of drafts, and keeps the result for a while: one edit asks for the same several times.

Nothing that is returned can be changed, and a document that is refused is read again.
"""

import json
from dataclasses import dataclass
from functools import lru_cache

from sagaflow.core.definition import document as documents
from sagaflow.core.definition.saga import Saga
from sagaflow.core.definition.sketch import sketch
from sagaflow.core.errors import InvalidDefinition
from sagaflow.core.json_value import Json

__all__ = ["Owned", "loaded", "owned", "sketched"]

KEPT = 16
"""Documents; one has up to the limit of a draft."""


@dataclass(frozen=True, slots=True)
class Owned:
    """A saga as scopes see it: its name, and the teams that own its segments."""

    name: str
    teams: frozenset[str]


def owned(document: Json, name: str = "") -> Owned:
    """Return the name and the teams of what can be read of ``document``; ``name`` as in ``sketched``."""
    saga = sketched(document, name)
    return Owned(saga.name, frozenset(segment.team for segment in saga.segments if segment.team))


def sketched(document: Json, name: str = "") -> Saga:
    """Return what can be read of ``document``, which is all of it where it has no fault.

    ``name``: of the saga, where the document has none.
    """
    return _sketched(_text(document), name or "saga")


def loaded(document: Json) -> Saga:
    """Return the saga of ``document``.

    Raises:
        InvalidDefinition: the document has a fault.
    """
    return _loaded(_text(document))


@lru_cache(maxsize=KEPT)
def _sketched(text: str, name: str) -> Saga:
    try:
        return _loaded(text)
    except InvalidDefinition:
        return sketch(json.loads(text), name=name)


@lru_cache(maxsize=KEPT)
def _loaded(text: str) -> Saga:
    return documents.load(json.loads(text))


def _text(document: Json) -> str:
    return json.dumps(document)
