"""The columns of a draft that lists, scopes and quotas read: a list of drafts reads no document.

They are written in the statement that writes the document.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Sum

from sagaflow import conf
from sagaflow.core.errors import Refused
from sagaflow.core.json_value import Json
from sagaflow.models import Draft
from sagaflow.models.draft import MOST_NAME, MOST_TITLE
from sagaflow.store.clock import seconds
from sagaflow.store.sketches import Owned, owned

__all__ = ["DraftHead", "TooManyDrafts", "about", "admit", "heads", "summary"]

SHOWN = ("id", "saga", "name", "title", "source", "revision", "created_by", "changed_by", "changed_at", "about")


class TooManyDrafts(Refused):
    """A user has as many open drafts, or as many bytes of them, as one user may have."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}. Publish or discard some of them first; the list of drafts shows them.", code="quota")


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftHead:
    """A draft as a list shows it. The time is seconds since the epoch."""

    id: UUID
    saga: str
    name: str
    title: str
    source: str
    revision: int
    created_by: str
    changed_by: str
    changed_at: float
    about: tuple[Owned, ...]
    """The sagas that the draft is about, for which a user needs the permission."""


def heads() -> Iterator[DraftHead]:
    """Yield the open drafts, the one that was changed last first."""
    for row in Draft.objects.filter(closed_at__isnull=True).values(*SHOWN).iterator(chunk_size=500):
        yield DraftHead(**row | {"changed_at": seconds(row["changed_at"]), "about": _read(row["about"])})


def _read(written: str) -> tuple[Owned, ...]:
    """Return the sagas of the column; of one that no version writes, a saga without a name, which no scope covers.

    A row may come from elsewhere, such as a dump of an earlier version, and no list may end at it.
    """
    try:
        sagas = tuple(Owned(name, frozenset(teams)) for name, teams in json.loads(written))
    except (ValueError, TypeError, RecursionError):
        sagas = ()
    return sagas or (Owned("", frozenset()),)


def about(saga: str, document: Json, base: Json = None) -> tuple[Owned, ...]:
    """Return the sagas that a draft of ``saga`` with this document is about.

    They are the saga of its document, that one under the name ``saga``, and the saga of ``base``.
    """
    now = owned(document, saga)
    other = (Owned(saga, now.teams),) if isinstance(document, dict) and saga not in ("", now.name) else ()
    return (now, *other, *((owned(base, saga),) if saga and base is not None else ()))


def summary(saga: str, document: dict[str, Json], base: dict[str, Json], size: int) -> dict[str, Any]:
    """Return the columns of a draft; ``size``: the bytes of its texts and of its history."""
    name, title = (document.get(key) for key in ("name", "title"))
    sagas = [[each.name, sorted(each.teams)] for each in about(saga, document, base)]
    return {
        "name": name[:MOST_NAME] if isinstance(name, str) else "",
        "title": title[:MOST_TITLE] if isinstance(title, str) else "",
        "about": json.dumps(sagas),
        "size": size,
    }


def admit(by: str, size: int, *, instead_of: int | None = None) -> None:
    """Return if ``by`` may have a further open draft of ``size`` bytes, or one ``instead_of`` so many bytes.

    Raises:
        TooManyDrafts: the user has as many drafts, or as many bytes, as the settings allow.
    """
    most, most_bytes = conf.current().drafts_per_user, conf.current().draft_bytes_per_user
    found = Draft.objects.filter(created_by=by, closed_at__isnull=True).order_by()
    have = found.aggregate(count=Count("pk"), size=Sum("size"))
    if instead_of is None and have["count"] >= most:
        raise TooManyDrafts(f"'{by}' has {have['count']} open drafts, and {most} is the limit")
    more = size - (instead_of or 0)
    if more > 0 and (total := (have["size"] or 0) + more) > most_bytes:
        raise TooManyDrafts(f"The open drafts of '{by}' would have {total} bytes, and {most_bytes} is the limit")
