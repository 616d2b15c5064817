"""What a new version of a saga changes for those who hear its events, and for those whose events it hears.

A payload that is published may lose nothing and say nothing else; a payload that is heard may require nothing more.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from sagaflow.core.contracts.comparison import Why, gaps
from sagaflow.core.contracts.messages import JsonSchema, Message, heard, published
from sagaflow.core.definition.saga import Saga
from sagaflow.core.lint.names import Known
from sagaflow.core.payload import canonical

__all__ = ["Change", "Effect", "changes"]


class Effect(StrEnum):
    """What a change means for the other systems, the worst first."""

    BREAKING = "breaking"
    """A system that fits the old version may fail."""
    UNKNOWN = "unknown"
    """The schemas differ in a way that is not compared: a person has to look."""
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


def changes(old: Saga, new: Saga, known: Known, before: Known | None = None) -> tuple[Change, ...]:
    """Return the changes, the worst first.

    Args:
        old: the version that the other systems fit.
        new: the version that is to replace it.
        known: the schemas of the actions.
        before: those at the time of the old version; ``None``: the same.

    Raises:
        Stopped: the caller has no more time.
    """
    sent = _compared(published(old, before or known), published(new, known), PUBLISHED)
    taken = _compared(heard(old), heard(new), HEARD)
    return tuple(sorted((*sent, *taken), key=lambda change: list(Effect).index(change.effect)))


def _compared(old: Sequence[Message], new: Sequence[Message], words: _Words) -> Iterator[Change]:
    before, after = ({message.event: message.payload for message in messages} for messages in (old, new))
    for event in before:
        if event not in after:
            yield Change(event, *words.removed)
    for event, payload in after.items():
        if event not in before:
            yield Change(event, *words.added)
        elif canonical(payload) != canonical(before[event]):
            yield from _payload(event, before[event], payload, words)


def _payload(event: str, old: JsonSchema, new: JsonSchema, words: _Words) -> Iterator[Change]:
    allowing, refusing = (new, old) if words is PUBLISHED else (old, new)
    found = dict.fromkeys(gaps(allowing, refusing))
    for gap in found:
        effect = Effect.UNKNOWN if gap.why is Why.KEYWORD else Effect.BREAKING
        where = f"the field {gap.path}" if gap.path else "the payload"
        yield Change(event, effect, words.gap[gap.why].format(where=where, detail=gap.detail))
    if not found:
        yield Change(event, Effect.COMPATIBLE, "has another schema, which everything that fitted still fits")
