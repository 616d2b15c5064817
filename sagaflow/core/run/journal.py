"""The journal of a run: dense, append-only, chained by hashes.

``hash(n) = sha256(hash(n-1) + canonical JSON of entry n)``; the first one is chained to the run's ID.
"""

import hashlib
import typing
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sagaflow.core.codec import decode, encode, quoted, write
from sagaflow.core.json_value import Json
from sagaflow.core.run.facts import Fact

__all__ = ["Entry", "broken_links", "chain", "fact_text", "read_fact", "write_fact"]

KINDS: dict[str, type] = {kind.__name__: kind for kind in typing.get_args(Fact)}


@dataclass(frozen=True, slots=True)
class Entry:
    """One journal entry."""

    seq: int
    """From 1, without gaps."""
    at: float
    """Seconds since the epoch, by the database's clock."""
    cause: int
    """The causation ID: the number of the entry that caused this one; 0: a report from outside the run."""
    fact: Fact

    @property
    def kind(self) -> str:
        """Return the name of the fact's class."""
        return type(self.fact).__name__


def write_fact(fact: Fact) -> tuple[str, dict[str, Json]]:
    """Return the kind and the JSON object of a fact, as they are stored."""
    return type(fact).__name__, encode(fact)


def fact_text(fact: Fact) -> str:
    """Return the canonical text of the JSON object of a fact, as it is stored and chained."""
    return write(fact)


def read_fact(kind: str, data: dict[str, Json]) -> Fact:
    """Return the fact that was stored.

    Raises:
        KeyError: no fact has the kind ``kind``.
    """
    fact: Fact = decode(KINDS[kind], data)
    return fact


def chain(previous: str, *, seq: int, at: float, cause: int, kind: str, data: str) -> str:
    """Return the hash (hex) of an entry.

    ``previous`` is the hash of the entry before, or the run's ID; ``data`` is canonical JSON text.
    """
    text = f"[{quoted(previous)},{seq},{write(at)},{cause},{quoted(kind)},{quoted(data)}]"
    return hashlib.sha256(text.encode()).hexdigest()


def broken_links(run_id: str, rows: Iterable[tuple[int, float, int, str, str, str]]) -> Iterator[tuple[int, str]]:
    """Yield ``(seq, sentence)`` for each row ``(seq, at, cause, kind, data, hash)`` that breaks the chain."""
    previous, expected = run_id, 1
    for seq, at, cause, kind, data, stored in rows:
        if seq != expected:
            yield seq, f"entry {expected} is missing: {seq} follows {expected - 1}"
        if chain(previous, seq=seq, at=at, cause=cause, kind=kind, data=data) != stored:
            yield seq, f"entry {seq} ({kind}) does not match its hash: it or its predecessor was changed"
        previous, expected = stored, seq + 1
