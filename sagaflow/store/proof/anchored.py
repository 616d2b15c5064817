"""Compare the history with its anchors: each difference is a sentence that says what to do."""

from collections.abc import Iterator
from itertools import groupby
from uuid import UUID

from django.db.models import Exists, Max, OuterRef

from sagaflow.models import Anchor, AnchorItem, JournalEntry, OperatorAct, RollbackRecord, Run
from sagaflow.store.clock import to_datetime
from sagaflow.store.proof import signing
from sagaflow.store.proof.anchors import act_digest, anchor_hash, items_digest, receipt

__all__ = ["anchor_of", "check_anchor", "check_anchors", "check_receipt", "check_run", "covered_until"]

RESTORE = "compare the run with a backup from after that anchor, and restore what differs"


def check_anchors() -> Iterator[str]:
    """Yield the faults of the anchors, of the rows that they cover, and the runs that are gone."""
    previous, number, total = "", 0, 0
    for anchor in Anchor.objects.order_by("number").iterator(chunk_size=200):
        if anchor.number != number + 1:
            yield (
                f"Anchor {number + 1} is missing: {anchor.number} follows {number or 'nothing'}. Restore it from a "
                f"backup; until then nothing is proven about what only it covered."
            )
        elif anchor.previous != previous:
            yield f"{_named(anchor)} does not continue anchor {number}: one of both was replaced; {_from_backup()}"
        elif anchor.total != total + anchor.items:
            yield f"{_named(anchor)} counts {anchor.total} items, but there were {total} before; {_from_backup()}"
        yield from check_anchor(anchor)
        previous, number, total = anchor.hash, anchor.number, anchor.total
    yield from _gone()


def check_anchor(anchor: Anchor) -> Iterator[str]:
    """Yield the faults of one anchor and of the rows that it covers, without the anchors before it."""
    yield from _faults(anchor)
    yield from _item_faults(anchor)


def check_receipt(text: str) -> str | None:
    """Return a sentence unless the anchor of a receipt that was stored elsewhere (see ``receipt``) is unchanged."""
    number = text.partition(":")[0]
    anchor = Anchor.objects.filter(pk=int(number)).first() if number.isascii() and number.isdigit() else None
    if anchor and receipt(anchor) == text:
        return None
    fate = "was replaced" if anchor else "is gone"
    return f"Anchor {number[:20]} {fate}: its receipt was {text[:100]}; {_from_backup()}"


def check_run(run_id: str) -> Iterator[str]:
    """Yield the differences between a run and what its anchors cover."""
    items = AnchorItem.objects.filter(run=run_id).select_related("anchor").order_by("kind", "seq")
    rows = list(items)
    checks = {"run": _head_faults, "record": _record_faults, "act": _act_faults}
    for kind, group in groupby(rows, key=lambda item: item.kind):
        yield from checks[kind](run_id, list(group))
    for anchor in {item.anchor_id: item.anchor for item in rows}.values():
        yield from _faults(anchor)


def anchor_of(kind: str, run_id: UUID | str, seq: int) -> Anchor | None:
    """Return the first anchor that covers a row; of a journal entry, one that covers it or a later entry."""
    items = AnchorItem.objects.filter(kind=kind, run=run_id)
    covering = items.filter(seq__gte=seq) if kind == "run" else items.filter(seq=seq)
    item = covering.select_related("anchor").order_by("seq").first()
    return item.anchor if item else None


def covered_until(run_id: UUID | str) -> AnchorItem | None:
    """Return the latest head of the run that was anchored."""
    return AnchorItem.objects.filter(kind="run", run=run_id).select_related("anchor").order_by("-seq").first()


def _head_faults(run_id: str, items: list[AnchorItem]) -> Iterator[str]:
    """Yield the first difference: it shows until when the journal was whole, and later ones follow from it."""
    hashes = dict(
        JournalEntry.objects.filter(run_id=run_id, seq__in=[item.seq for item in items]).values_list("seq", "hash")
    )
    good = None
    for item in items:
        stored = hashes.get(item.seq)
        if stored != item.digest:
            yield _head_fault(run_id, item, good, stored)
            return
        good = item


def _head_fault(run_id: str, item: AnchorItem, good: AnchorItem | None, stored: str | None) -> str:
    place = f"entries {good.seq + 1} to {item.seq}" if good else f"entries up to {item.seq}"
    what = (
        f"entry {item.seq} is gone: the end of the journal was removed and the run set back"
        if stored is None
        else f"entry {item.seq} is not the one that was anchored: {place} were rewritten"
    )
    return f"Run {run_id}: {what} after {_when(item.anchor)}; {RESTORE}."


def _record_faults(run_id: str, items: list[AnchorItem]) -> Iterator[str]:
    hashes = dict(RollbackRecord.objects.filter(run_id=run_id).values_list("seq", "hash"))
    for item in items:
        if hashes.get(item.seq) != item.digest:
            fate = "was changed" if item.seq in hashes else "is gone"
            yield f"Run {run_id}: the rollback record of entry {item.seq} {fate} after {_when(item.anchor)}; {RESTORE}."


def _act_faults(run_id: str, items: list[AnchorItem]) -> Iterator[str]:
    digests = {act.pk: act_digest(act) for act in OperatorAct.objects.filter(run_id=run_id)}
    for item in items:
        if digests.get(item.seq) != item.digest:
            fate = "was changed" if item.seq in digests else "is gone"
            yield f"Run {run_id}: operator act {item.seq} {fate} after {_when(item.anchor)}; {RESTORE}."


def _faults(anchor: Anchor) -> Iterator[str]:
    """Yield the faults of the hash, the time and the signature of an anchor."""
    if anchor.hash != anchor_hash(anchor) or anchor.at != to_datetime(anchor.clock):
        yield f"{_named(anchor)} was changed: it does not match its hash; {_from_backup()}"
    if anchor.key not in signing.trusted():
        yield (
            f"{_named(anchor)} is signed with the key {anchor.key}, which is not trusted: if it is an earlier key of "
            f"yours, add it to the setting ANCHOR_TRUSTED_KEYS; else the anchor was replaced: {_from_backup()}"
        )
    elif not signing.holds(anchor.hash, anchor.signature, anchor.key):
        yield f"{_named(anchor)} was changed: its signature does not hold; {_from_backup()}"


def _item_faults(anchor: Anchor) -> Iterator[str]:
    rows = anchor.covered.order_by().values_list("kind", "run", "seq", "digest")
    items = [(kind, str(run), seq, digest) for kind, run, seq, digest in rows.iterator()]
    if len(items) != anchor.items or items_digest(items) != anchor.digest:
        yield (
            f"{_named(anchor)} covers other items than it was signed for ({anchor.items} then, {len(items)} now); "
            f"restore its rows in sagaflow_anchoritem from a backup."
        )


def _gone() -> Iterator[str]:
    """Yield the runs that were anchored and are gone."""
    items = AnchorItem.objects.filter(kind="run").filter(~Exists(Run.objects.filter(pk=OuterRef("run"))))
    last = items.order_by("run").values("run").annotate(seq=Max("seq"), number=Max("anchor"))
    for run, seq, number in last.values_list("run", "seq", "number").iterator():
        yield (
            f"Run {run} is gone, with its {seq} entries or more: anchor {number} saw it. "
            f"Restore it from a backup from after that anchor."
        )


def _named(anchor: Anchor) -> str:
    return f"Anchor {anchor.number}"


def _when(anchor: Anchor) -> str:
    return f"anchor {anchor.number} of {anchor.at:%Y-%m-%d %H:%M:%S} UTC saw it"


def _from_backup() -> str:
    return "compare it with a backup or with the receipts in the sweeper's log, and restore it."
