"""The definition of a saga, and everything that a definition is written with.

A constructed :class:`Saga` is valid: its constructor raises :class:`InvalidDefinition` with *every* fault. ``parts``
has its parts, and ``problems`` has the rules that it keeps.
"""

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Self

from sagaflow.core.definition.compensation import Compensation, Undo, irreversible, nothing, semantic
from sagaflow.core.definition.graph import Graph
from sagaflow.core.definition.parts import (
    AfterRollback,
    CompensateOn,
    Discard,
    Observer,
    OnExhausted,
    OnUndoFailure,
    Recovery,
    Segment,
    Step,
    Style,
    UncheckedSaga,
    choreographed,
    orchestrated,
    retry_whole_run,
)
from sagaflow.core.definition.problems import problems
from sagaflow.core.definition.work import Approval, Call, RollBackChild, StepKind, SubSaga, Timer, WaitForEvent
from sagaflow.core.definition.writer import digest
from sagaflow.core.errors import Fault, InvalidDefinition

__all__ = [
    "AfterRollback",
    "Approval",
    "Call",
    "Compensation",
    "CompensateOn",
    "Discard",
    "Observer",
    "OnExhausted",
    "OnUndoFailure",
    "Recovery",
    "RollBackChild",
    "Saga",
    "Segment",
    "Step",
    "StepKind",
    "Style",
    "SubSaga",
    "Timer",
    "Undo",
    "WaitForEvent",
    "choreographed",
    "irreversible",
    "nothing",
    "orchestrated",
    "retry_whole_run",
    "semantic",
]


@dataclass(frozen=True)
class Saga(UncheckedSaga):
    """A definition. ``Saga("order", orchestrated("main", Step(…), …))`` raises InvalidDefinition with every fault."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.faults:
            raise InvalidDefinition(self.faults)

    @classmethod
    def trusted(cls, parts: UncheckedSaga, **changes: Any) -> Self:
        """Return the saga of ``parts``, with some fields changed, that were checked before: no rule is asked again.

        A rule that is newer than a stored definition stops none of its runs so.
        """
        saga = object.__new__(cls)
        vars(saga).update({item.name: getattr(parts, item.name) for item in fields(parts)}, **changes)
        return saga

    @cached_property
    def faults(self) -> tuple[Fault, ...]:
        """The rules that the definition breaks. Only one that an earlier version of Sagaflow stored can break any."""
        return problems(self, lambda: self.graph)

    @cached_property
    def graph(self) -> Graph:
        """The order of the steps, resolved."""
        return Graph.of(self)

    @cached_property
    def sub_sagas(self) -> frozenset[str]:
        """The names of the sagas that its steps start."""
        return frozenset(step.does.runs for step in self.steps.values()) - {""}

    @cached_property
    def digest(self) -> str:
        """The sha256 (hex) of the canonical JSON, which identifies the definition."""
        return digest(self)
