"""The seal of a row: its hashes match, and an anchor has signed them. It is computed when a page is opened."""

import hashlib
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from sagaflow import store
from sagaflow.admin.formats import badge
from sagaflow.core.run.journal import chain
from sagaflow.flowchart.appearance import Appearance, appearance_of
from sagaflow.store.proof import anchored
from sagaflow.store.runs import records

__all__ = ["Seal", "mark", "of_act", "of_anchor", "of_definition", "of_entry", "of_record", "of_run"]


@dataclass(frozen=True, slots=True)
class Seal:
    """The result of the check, as a page shows it."""

    whole: bool
    words: str
    faults: tuple[str, ...] = ()

    @property
    def appearance(self) -> Appearance:
        """The look of the badge."""
        return appearance_of("intact" if self.whole else "broken")


def mark(*, whole: bool) -> SafeString:
    """Return the badge in a list: the hash of the row matches or does not."""
    return badge("intact" if whole else "broken")


def of_run(run: Any) -> Seal:
    """Check the whole history of a run."""
    covered = anchored.covered_until(run.pk)
    if covered is None:
        return _judged(run.pk, f"All {run.seq} entries match their hashes; no anchor has signed them yet.")
    until = f"anchor {covered.anchor_id} of {covered.anchor.at:%Y-%m-%d %H:%M:%S} UTC"
    if covered.seq >= run.seq:
        return _judged(run.pk, f"All {run.seq} entries match their hashes, as signed by {until}.")
    words = f"All {run.seq} entries match their hashes; those up to {covered.seq} are signed by {until}."
    return _judged(run.pk, words)


def of_entry(entry: Any) -> Seal:
    """Check a journal entry together with its run, because the hashes are a chain."""
    signer = anchored.anchor_of("run", entry.run_id, entry.seq)
    return _judged(entry.run_id, f"Entry {entry.seq} continues the chain of its run, {_signed(signer)}.")


def of_record(record: Any) -> Seal:
    """Check a rollback record together with its run."""
    signer = anchored.anchor_of("record", record.run_id, record.seq)
    return _judged(record.run_id, f"The record matches its hash, {_signed(signer)}.")


def of_act(act: Any) -> Seal:
    """Check an operator action, whose hash is in its anchor only."""
    signer = anchored.anchor_of("act", act.run_id, act.pk)
    return _judged(act.run_id, f"The operator action is {_signed(signer)}.")


def of_anchor(anchor: Any) -> Seal:
    """Check one anchor. `sagaflow verify` also checks the earlier anchors."""
    faults = tuple(anchored.check_anchor(anchor))
    words = f"Hash and signature are valid, and the {anchor.items} signed items are unchanged."
    return _seal(faults, words)


def of_definition(definition: Any) -> Seal:
    """Check a definition, whose digest is its key."""
    if hashlib.sha256(definition.document.encode()).hexdigest() == definition.digest:
        return Seal(whole=True, words="The document has the digest that runs are pinned to.")
    fault = f"The document of {definition.name} v{definition.version} was changed; restore its row from a backup."
    return _seal((fault,), "")


def continues(entry: Any) -> bool:
    """True if the hash of an entry matches its content and ``before``, the hash of the previous entry."""
    previous = entry.before if entry.seq > 1 else str(entry.run_id)
    facts = {"seq": entry.seq, "at": entry.clock, "cause": entry.cause, "kind": entry.kind, "data": entry.data}
    return previous is not None and chain(previous, **facts) == entry.hash


def is_whole(record: Any) -> bool:
    """True if a rollback record matches its hash. A record that cannot be read does not."""
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
