"""Write anchors. Each covers the rows that are new since the anchor before, so that its cost depends only on these.

Rows do not become visible in the order of their IDs. So each anchor reads the rows again that were written shortly
before the last anchor, and leaves out those that are anchored: none is missed and none is anchored twice.
"""

import hashlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import Exists, Max, Min, Model, OuterRef, QuerySet

from sagaflow.core.payload import canonical
from sagaflow.models import Anchor, AnchorItem, JournalEntry, OperatorAct, RollbackRecord, Run
from sagaflow.store.clock import now, to_datetime
from sagaflow.store.proof import signing

M = TypeVar("M", bound=Model)

__all__ = [
    "Anchor",
    "act_digest",
    "anchor_hash",
    "items_digest",
    "latest",
    "receipt",
    "write",
    "write_all",
    "write_due",
]

WINDOW = 20_000
"""Number of new journal rows that one anchor reads, which limits its size and its duration."""
OVERLAP = 600.0
"""Seconds before the last anchor whose rows are read again. No transaction lasts half as long."""
BATCH = 500


class Item(NamedTuple):
    """A row that an anchor covers; the digest is built from the fields in this order."""

    kind: str
    run: str
    seq: int
    digest: str


def latest() -> Anchor | None:
    """Return the anchor with the highest number, or ``None``."""
    return Anchor.objects.order_by("-number").first()


def write_due(interval: float) -> Anchor | None:
    """Write an anchor if the last one is older than ``interval`` seconds and there are new rows."""
    last = latest()
    return None if last and last.clock + interval > now() else write()


def write_all() -> list[Anchor]:
    """Write anchors until every row is anchored."""
    return list(iter(write, None))


def write() -> Anchor | None:
    """Write the next anchor; ``None``: there are no new rows, or another process wrote the anchor at the same time."""
    last = latest()
    start = last.journal_mark if last else 0
    end = JournalEntry.objects.aggregate(Max("pk"))["pk__max"] or 0
    recent = _recent(JournalEntry, last)
    while True:
        mark = _mark(start, end)
        items = sorted({*_heads(min(start, recent), mark), *_records(min(start, recent), mark), *_acts(last)})
        if items or mark >= end:
            break
        start = mark
    return _save(last, items, mark) if items else None


def receipt(anchor: Anchor) -> str:
    """Return ``17:9f86d0…``: store it elsewhere to prove later that no anchor up to this one was replaced."""
    return f"{anchor.number}:{anchor.hash}"


def items_digest(items: Iterable[tuple[str, str, int, str]]) -> str:
    """Return the sha256 (hex) of the sorted items, one per line."""
    hashed = hashlib.sha256()
    for kind, run, seq, digest in sorted(items):
        hashed.update(f"{kind} {run} {seq} {digest}\n".encode())
    return hashed.hexdigest()


def anchor_hash(anchor: Anchor) -> str:
    """Return the sha256 (hex) of all columns of the anchor; ``at`` follows from ``clock``."""
    columns = (anchor.number, anchor.clock, anchor.previous, anchor.items, anchor.total, anchor.digest)
    return hashlib.sha256(canonical([*columns, anchor.journal_mark, anchor.key]).encode()).hexdigest()


def act_digest(act: OperatorAct) -> str:
    """Return the sha256 (hex) of all columns of an operator act."""
    columns = [act.pk, str(act.run_id), act.step, act.verb, act.by, act.reason, act.outcome, act.detail]
    return hashlib.sha256(canonical([*columns, act.at.isoformat()]).encode()).hexdigest()


def _recent(model: type[JournalEntry | OperatorAct], last: Anchor | None) -> int:
    """Return an ID up to which no row became visible after the last anchor was written."""
    if last is None:
        return 0
    first = model.objects.filter(at__gte=to_datetime(last.clock - OVERLAP)).aggregate(Min("pk"))["pk__min"]
    return last.journal_mark if first is None else first - 1


def _mark(start: int, end: int) -> int:
    """Return the ID up to which the next anchor reads. IDs can have gaps of any size, so rows are counted."""
    beyond = JournalEntry.objects.filter(pk__gt=start).order_by("pk").values_list("pk", flat=True)
    return next(iter(beyond[WINDOW - 1 : WINDOW]), max(start, end))


def _heads(start: int, mark: int) -> Iterator[Item]:
    """Yield the latest entry of each run that has entries in the window."""
    changed = JournalEntry.objects.filter(pk__gt=start, pk__lte=mark).order_by().values("run_id")
    heads = _new(Run.objects.filter(pk__in=changed), "run", run="pk", seq="seq")
    for pk, seq, head in heads.values_list("pk", "seq", "head"):
        yield Item("run", str(pk), seq, head)


def _records(start: int, mark: int) -> Iterator[Item]:
    changed = JournalEntry.objects.filter(pk__gt=start, pk__lte=mark).order_by().values("run_id")
    records = _new(RollbackRecord.objects.filter(run_id__in=changed), "record", run="run_id", seq="seq")
    for run_id, seq, digest in records.values_list("run_id", "seq", "hash"):
        yield Item("record", str(run_id), seq, digest)


def _acts(last: Anchor | None) -> Iterator[Item]:
    since = to_datetime(last.clock - OVERLAP) if last else None
    recent = OperatorAct.objects.filter(at__gte=since) if since else OperatorAct.objects.all()
    for act in _new(recent, "act", run="run_id", seq="pk"):
        yield Item("act", str(act.run_id), act.pk, act_digest(act))


def _new(rows: QuerySet[M], kind: str, *, run: str, seq: str) -> QuerySet[M]:
    """Narrow a query to the rows that no anchor covers."""
    covered = AnchorItem.objects.filter(kind=kind, run=OuterRef(run), seq=OuterRef(seq))
    return rows.filter(~Exists(covered)).order_by()


def _save(last: Anchor | None, items: list[Item], mark: int) -> Anchor | None:
    at = now()
    anchor = Anchor(
        number=last.number + 1 if last else 1,
        at=to_datetime(at),
        clock=at,
        previous=last.hash if last else "",
        items=len(items),
        total=len(items) + (last.total if last else 0),
        digest=items_digest(items),
        journal_mark=mark,
        key=signing.public_key(),
    )
    anchor.hash = anchor_hash(anchor)
    anchor.signature = signing.sign(anchor.hash)
    try:
        with transaction.atomic():
            anchor.save(force_insert=True)
            rows = (AnchorItem(anchor=anchor, **item._asdict()) for item in items)
            AnchorItem.objects.bulk_create(rows, batch_size=BATCH)
    except IntegrityError:
        return None
    return anchor
