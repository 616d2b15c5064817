"""The changes of a contract for those who hear the events of a saga, and for those whose events it hears.

A payload that is published may lose nothing and say nothing else; a payload that is heard may require nothing more.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from sagaflow.core.contracts.asyncapi import RECEIVE, SEND, payloads
from sagaflow.core.contracts.comparison import Why, gaps
from sagaflow.core.json_value import Json
from sagaflow.core.payload import canonical

__all__ = ["Change", "Effect", "breaking", "changes"]


class Effect(StrEnum):
    """The meaning of a change for the other systems, the worst first."""

    BREAKING = "breaking"
    """A system that fits the old version may fail."""
    UNKNOWN = "unknown"
    """The schemas differ in a way that is not compared: look at both."""
    COMPATIBLE = "compatible"


@dataclass(frozen=True, slots=True)
class Change:
    """One change of the contract."""

    event: str
    effect: Effect
    message: str
    """A sentence about the event, without its subject and its full stop, such as ``is not published any more``."""


class _Words(NamedTuple):
    """The sentences about one direction."""

    removed: tuple[Effect, str]
    added: tuple[Effect, str]
    gap: Mapping[Why, str]


KEYWORD = "differs in '{detail}' of {where}, which is not compared; look at both schemas"
PUBLISHED = _Words(
    removed=(Effect.BREAKING, "is not published any more"),
    added=(Effect.COMPATIBLE, "is new"),
    gap={
        Why.TYPE: "may have {detail} as {where}, which was never so",
        Why.MISSING: "may lack {where}",
        Why.VALUES: "may have other values as {where} than before",
        Why.FIELD: "may have {where}, which was not allowed before",
        Why.FIELDS: "may have other fields in {where} than before",
        Why.UNLISTED: "does not say any more what {where} is",
        Why.KEYWORD: KEYWORD,
    },
)
HEARD = _Words(
    removed=(Effect.COMPATIBLE, "is not heard any more"),
    added=(Effect.BREAKING, "is waited for, and no system sends it yet"),
    gap={
        Why.TYPE: "cannot have {detail} as {where} any more",
        Why.MISSING: "must have {where}",
        Why.VALUES: "may have fewer values as {where} than before",
        Why.FIELD: "cannot have {where} any more",
        Why.FIELDS: "cannot have other fields in {where} any more",
        Why.UNLISTED: "may refuse {where}, which could be anything before",
        Why.KEYWORD: KEYWORD,
    },
)


def changes(old: Json, new: Json) -> tuple[Change, ...]:
    """Return the changes between two documents of ``describe``, the worst first.

    Raises:
        InvalidPayload: one of them is another document.
        Stopped: the caller has no more time.
    """
    before, after = payloads(old), payloads(new)
    found = [*_compared(before[SEND], after[SEND], PUBLISHED), *_compared(before[RECEIVE], after[RECEIVE], HEARD)]
    return tuple(sorted(found, key=lambda change: list(Effect).index(change.effect)))


def breaking(event: str, allowing: Json, refusing: Json, words: Mapping[Why, str]) -> Iterator[Change]:
    """Yield each reason why ``refusing`` may refuse a payload that ``allowing`` allows, in these words."""
    for gap in dict.fromkeys(gaps(allowing, refusing)):
        effect = Effect.UNKNOWN if gap.why is Why.KEYWORD else Effect.BREAKING
        where = f"the field {gap.path}" if gap.path else "the payload"
        yield Change(event, effect, words[gap.why].format(where=where, detail=gap.detail))


def _compared(before: Mapping[str, Json], after: Mapping[str, Json], words: _Words) -> Iterator[Change]:
    for event in before:
        if event not in after:
            yield Change(event, *words.removed)
    for event, payload in after.items():
        if event not in before:
            yield Change(event, *words.added)
        elif canonical(payload) != canonical(before[event]):
            yield from _payload(event, before[event], payload, words)


def _payload(event: str, old: Json, new: Json, words: _Words) -> Iterator[Change]:
    allowing, refusing = (new, old) if words is PUBLISHED else (old, new)
    found = [*breaking(event, allowing, refusing, words.gap)]
    yield from found
    if not found:
        yield Change(event, Effect.COMPATIBLE, "has another schema, which everything that fitted still fits")
