"""The seal of a record: whether the hashes hold, and which anchor has signed it. Computed when somebody looks."""

import hashlib
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from sagaflow import store
from sagaflow.core.run.journal import chain
from sagaflow.store.proof import anchored
from sagaflow.store.runs import records

__all__ = ["Seal", "mark", "of_act", "of_anchor", "of_definition", "of_entry", "of_record", "of_run"]


@dataclass(frozen=True, slots=True)
class Seal:
    """What a page shows of it."""

    whole: bool
    words: str
    faults: tuple[str, ...] = ()

    @property
    def tone(self) -> str:
        """Of its badge."""
        return "good" if self.whole else "bad"

    @property
    def glyph(self) -> str:
        """Of its badge."""
        return "✓" if self.whole else "✖"


def mark(*, whole: bool) -> SafeString:
    """In a list: whether the hash of the row fits."""
    glyph, tone, word = ("✓", "good", "intact") if whole else ("✖", "bad", "broken")
    return format_html('<span class="sf-badge sf-{}"><span aria-hidden="true">{}</span> {}</span>', tone, glyph, word)


def of_run(run: Any) -> Seal:
    """Its whole history."""
    covered = anchored.covered_until(run.pk)
    if covered is None:
        return _judged(run.pk, f"All {run.seq} entries fit their hashes; no anchor has signed them yet.")
    until = f"anchor {covered.anchor_id} of {covered.anchor.at:%Y-%m-%d %H:%M:%S} UTC"
    if covered.seq >= run.seq:
        return _judged(run.pk, f"All {run.seq} entries fit their hashes, as signed by {until}.")
    words = f"All {run.seq} entries fit their hashes; those up to {covered.seq} are signed by {until}."
    return _judged(run.pk, words)


def of_entry(entry: Any) -> Seal:
    """With the rest of its run: an entry is as good as the chain that it is in."""
    signer = anchored.anchor_of("run", entry.run_id, entry.seq)
    return _judged(entry.run_id, f"Entry {entry.seq} continues the chain of its run, {_signed(signer)}.")


def of_record(record: Any) -> Seal:
    """With the rest of its run."""
    signer = anchored.anchor_of("record", record.run_id, record.seq)
    return _judged(record.run_id, f"The record fits its hash, {_signed(signer)}.")


def of_act(act: Any) -> Seal:
    """Acts have no hash of their own: the anchor keeps it."""
    signer = anchored.anchor_of("act", act.run_id, act.pk)
    return _judged(act.run_id, f"The act is {_signed(signer)}.")


def of_anchor(anchor: Any) -> Seal:
    """Its own; `sagaflow verify` also checks those before it."""
    faults = tuple(anchored.check_anchor(anchor))
    words = f"Hash and signature hold, and it covers the {anchor.items} items that it was signed for."
    return _seal(faults, words)


def of_definition(definition: Any) -> Seal:
    """Its digest is its identity."""
    if hashlib.sha256(definition.document.encode()).hexdigest() == definition.digest:
        return Seal(whole=True, words="The document has the digest that runs are pinned to.")
    fault = f"The document of {definition.name} v{definition.version} was changed; restore its row from a backup."
    return _seal((fault,), "")


def continues(entry: Any) -> bool:
    """Whether an entry with the hash of the one before as ``before`` fits its own."""
    previous = entry.before if entry.seq > 1 else str(entry.run_id)
    facts = {"seq": entry.seq, "at": entry.clock, "cause": entry.cause, "kind": entry.kind, "data": entry.data}
    return previous is not None and chain(previous, **facts) == entry.hash


def is_whole(record: Any) -> bool:
    """Whether a rollback record fits its hash; what cannot be read does not."""
    try:
        return records.is_whole(record)
    except (KeyError, TypeError, ValueError):
        return False


def _signed(signer: Any) -> str:
    if signer is None:
        return "not signed by an anchor yet"
    return f"signed by anchor {signer.number} of {signer.at:%Y-%m-%d %H:%M:%S} UTC"


def _judged(run_id: Any, words: str) -> Seal:
    return _seal(tuple(store.verify(str(run_id))), words)


def _seal(faults: tuple[str, ...], words: str) -> Seal:
    return Seal(whole=not faults, words="Something was changed after the fact." if faults else words, faults=faults)
