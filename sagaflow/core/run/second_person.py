"""The rule of two people: one operator asks for an act, and another one gives it or refuses it.

The rule is part of the settings, because it is about the operators of a site and not about what a saga does. An amount
that is missing or not a number counts as above every limit: nothing is known about it.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Self

from sagaflow.core.definition.condition import resolve
from sagaflow.core.definition.fields import NAME
from sagaflow.core.definition.saga import Saga
from sagaflow.core.payload import canonical
from sagaflow.core.run import preview, queries
from sagaflow.core.run.state import RunState
from sagaflow.core.run.verbs import OPERATE_VERBS, VERBS

__all__ = ["BULK", "SecondPerson", "is_rule", "seen"]

BULK = "bulk"
"""The rule about every bulk repair."""
LIMIT = re.compile(
    rf"(?P<saga>{NAME.pattern}):(?P<pointer>(/[^/>\s]+)+)>(?P<limit>[0-9]{{1,15}}(\.[0-9]{{1,6}})?)", re.ASCII
)


@dataclass(frozen=True, slots=True)
class SecondPerson:
    """The acts that need a second person."""

    verbs: frozenset[str] = frozenset()
    bulk: bool = False
    limits: Mapping[str, tuple[tuple[str, Decimal], ...]] = field(default_factory=dict)
    """Saga → the amounts in its input, each as a pointer and the largest one that one operator may decide about."""

    @classmethod
    def of(cls, rules: Iterable[str]) -> Self:
        """Read rules such as ``skip``, ``bulk`` and ``order-fulfilment:/total>1000``; see ``is_rule``."""
        named = frozenset(rules)
        limits: dict[str, tuple[tuple[str, Decimal], ...]] = {}
        for found in filter(None, map(LIMIT.fullmatch, sorted(named))):
            saga = found["saga"]
            limits[saga] = (*limits.get(saga, ()), (found["pointer"], Decimal(found["limit"])))
        return cls(named & frozenset(OPERATE_VERBS), BULK in named, limits)

    def __bool__(self) -> bool:
        """True if there is any rule."""
        return bool(self.verbs or self.bulk or self.limits)

    def why(self, saga: Saga, state: RunState, verb: str) -> str:
        """Return why ``verb`` on this run needs a second person, in a sentence; empty: it does not."""
        if verb in self.verbs:
            return f"{VERBS[verb].title} needs a second person."
        if verb not in OPERATE_VERBS:
            return ""
        for pointer, limit in self.limits.get(saga.name, ()):
            if (amount := _number(resolve(state.input, pointer))) is None:
                return f"Every repair of this run needs a second person: its input has no number at {pointer}."
            if amount > limit:
                return f"Every repair of this run needs a second person: {pointer} is above {limit}."
        return ""

    def why_bulk(self, verb: str, sagas: Iterable[str]) -> str:
        """Return why a bulk repair of runs of these sagas needs a second person, in a sentence; empty: it does not."""
        if self.bulk or verb in self.verbs:
            what = "Every bulk repair" if self.bulk else VERBS[verb].title
            return f"{what} needs a second person."
        if limited := sorted(self.limits.keys() & set(sagas)):
            return f"Repairs of saga '{limited[0]}' above a limit need a second person."
        return ""


def is_rule(rule: object) -> bool:
    """True for a verb of operators, ``bulk``, or a limit: the saga, a pointer into its input, and a number."""
    return isinstance(rule, str) and (rule in (*OPERATE_VERBS, BULK) or LIMIT.fullmatch(rule) is not None)


def seen(saga: Saga, state: RunState, step: str, at: float) -> str:
    """Return the fingerprint of what an operator decides about: the step, or without one the plan of the rollback.

    The other steps of the run may go on meanwhile.
    """
    shown: list[object]
    if step:
        now = state.steps[step]
        handed = now.delegation.to if now.delegation else ""
        given = canonical(queries.input_now(saga, state, step))
        shown = [now.status.value, now.round, now.attempts, now.undo_attempts, handed, given]
    else:
        lines = [[line.step, line.kind, line.in_progress] for line in preview.plan(saga, state, at)]
        shown = [state.status.value, canonical(lines)]
    return hashlib.sha256(repr(shown).encode()).hexdigest()


def _number(value: object) -> Decimal | None:
    """Read a number or its text. The text of every other value of JSON, such as ``True``, reads as none."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
