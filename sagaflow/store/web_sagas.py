"""Sagas that were published on the web: the newest version of a name is the saga. Versions are only added."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.db import IntegrityError, transaction
from django.db.models import Max

from sagaflow.core.definition import document as documents
from sagaflow.core.definition.saga import Saga
from sagaflow.core.errors import InvalidDefinition, Refused
from sagaflow.core.json_value import Json
from sagaflow.models import WebVersion
from sagaflow.store.clock import now, seconds, to_datetime

__all__ = ["Version", "names", "newest", "newest_version", "publish", "published", "version", "versions"]

logger = logging.getLogger(__name__)

_kept: dict[str, tuple[object, tuple[Saga, ...]]] = {}
"""The sagas of the last query, with the newest row at that time: as long as it is the newest, they are all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version of a saga that was published on the web."""

    saga: str
    number: int
    digest: str
    document: dict[str, Json]
    """As it was written, with its notes."""
    note: str
    by: str
    at: float
    """Seconds since the epoch."""


def newest(name: str) -> Saga | None:
    """Return the saga of that name; ``None``: none was published, or this version of Sagaflow cannot load it."""
    text = WebVersion.objects.filter(saga=name).order_by("-number").values_list("document", flat=True).first()
    return None if text is None else _loaded(text)


def published() -> tuple[Saga, ...]:
    """Return the newest version of each saga, sorted by name. Those that cannot be loaded are left out."""
    stamp = WebVersion.objects.order_by("-pk").values_list("pk", "digest", "at").first()
    if stamp is None:
        return ()
    if "" not in _kept or _kept[""][0] != stamp:
        latest = WebVersion.objects.order_by("saga").values("saga").annotate(last=Max("pk")).values("last")
        rows = WebVersion.objects.filter(pk__in=latest).order_by("saga").values_list("document", flat=True)
        _kept[""] = (stamp, tuple(saga for saga in map(_loaded, rows) if saga is not None))
    return _kept[""][1]


def names() -> frozenset[str]:
    """Return the names of all sagas that were published."""
    return frozenset(WebVersion.objects.order_by().values_list("saga", flat=True).distinct())


def versions(name: str) -> tuple[Version, ...]:
    """Return the versions of a saga, the newest first."""
    return tuple(map(_version, WebVersion.objects.filter(saga=name).order_by("-number")))


def newest_version(name: str) -> Version | None:
    """Return the newest version of a saga."""
    row = WebVersion.objects.filter(saga=name).order_by("-number").first()
    return _version(row) if row else None


def version(name: str, number: int) -> Version | None:
    """Return one version of a saga."""
    row = WebVersion.objects.filter(saga=name, number=number).first()
    return _version(row) if row else None


def publish(document: Mapping[str, Json], *, after: int, note: str, by: str) -> Version:
    """Add the version that follows ``after``, the number of the newest one that the caller has seen; 0: none.

    Raises:
        InvalidDefinition: the document has faults.
        Refused: another version was published in the meantime.
    """
    saga = documents.load(document)
    try:
        with transaction.atomic():
            last = newest_version(saga.name)
            if (last.number if last else 0) != after:
                raise _overtaken(saga.name)
            row = WebVersion.objects.create(
                saga=saga.name,
                number=after + 1,
                digest=saga.digest,
                document=json.dumps(document, ensure_ascii=False, separators=(",", ":")),
                note=note,
                by=by,
                at=to_datetime(now()),
            )
    except IntegrityError as error:
        raise _overtaken(saga.name) from error
    return _version(row)


def _overtaken(name: str) -> Refused:
    return Refused(f"Another version of '{name}' was published in the meantime; compare it, then publish again.")


@lru_cache(maxsize=256)
def _loaded(text: str) -> Saga | None:
    try:
        return documents.restore(json.loads(text))
    except InvalidDefinition:
        logger.exception("A saga that was published on the web cannot be loaded")
        return None


def _version(row: WebVersion) -> Version:
    return Version(
        saga=row.saga,
        number=row.number,
        digest=row.digest,
        document=json.loads(row.document),
        note=row.note,
        by=row.by,
        at=seconds(row.at),
    )
