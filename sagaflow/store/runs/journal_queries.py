"""Queries for a page of a long journal: the entries elsewhere that it refers to or that refer to it."""

import json
from collections.abc import Collection

from django.db.models import QuerySet

from sagaflow.core.run.journal import Entry, read_fact
from sagaflow.models import JournalEntry

__all__ = ["caused_by", "latest_of", "numbered", "read"]

COLUMNS = ("seq", "clock", "cause", "kind", "data")


def read(rows: QuerySet[JournalEntry]) -> tuple[Entry, ...]:
    """Return the rows of a query as entries of the core."""
    return tuple(
        Entry(seq, clock, cause, read_fact(kind, json.loads(data)))
        for seq, clock, cause, kind, data in rows.values_list(*COLUMNS)
    )


def numbered(run_id: str, seqs: Collection[int]) -> tuple[Entry, ...]:
    """Return the entries with these numbers, in order."""
    return read(JournalEntry.objects.filter(run_id=run_id, seq__in=seqs).order_by("seq")) if seqs else ()


def caused_by(run_id: str, causes: Collection[int], *, after: int) -> tuple[Entry, ...]:
    """Return the entries with a number above ``after`` that one of ``causes`` caused, in order."""
    rows = JournalEntry.objects.filter(run_id=run_id, seq__gt=after, cause__in=causes)
    return read(rows.order_by("seq")) if causes else ()


def latest_of(run_id: str, kinds: Collection[str], *, until: int, limit: int) -> tuple[Entry, ...]:
    """Return the last ``limit`` entries of these kinds up to the entry ``until``, in order."""
    rows = JournalEntry.objects.filter(run_id=run_id, seq__lte=until, kind__in=kinds)
    return read(rows.order_by("-seq")[:limit])[::-1] if until else ()
