"""What became of a run, and what a test expects of it: each expectation returns the same value, so that they chain."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from sagaflow import engine, store
from sagaflow.core.definition.saga import Saga
from sagaflow.core.run.facts import EventPublished
from sagaflow.core.run.journal import Entry
from sagaflow.core.run.queries import attention
from sagaflow.core.run.reports import StepSucceeded
from sagaflow.core.run.state import Direction, RunState

__all__ = ["Seen", "seen"]

Record = dict[str, Any]


@dataclass(frozen=True)
class Seen:
    """A run at the moment that it was looked at. Its expectations raise AssertionError with what is there instead."""

    run_id: str
    saga: Saga
    state: RunState
    journal: tuple[Entry, ...]

    @property
    def attention(self) -> str:
        """Why a person should look, or nothing."""
        return attention(self.saga, self.state) or ""

    @cached_property
    def events(self) -> tuple[str, ...]:
        """The events that the run published, in order."""
        facts = (entry.fact for entry in self.journal)
        return tuple(fact.event for fact in facts if isinstance(fact, EventPublished))

    @cached_property
    def records(self) -> tuple[Record, ...]:
        """The rollback records, the oldest first."""
        rows = store.run(self.run_id).rollback_records.order_by("id")
        return tuple(json.loads(row.record) for row in rows)

    def record(self) -> Record:
        """The latest rollback record.

        Raises:
            AssertionError: there is none.
        """
        _expect(self.records, f"Run {self.run_id} has no rollback record; it is {self.state.status.value}.")
        return self.records[-1]

    def is_(self, status: str, *, attention: str | None = None) -> Self:
        """The run's status, and perhaps why it needs attention; and its history is whole."""
        found = (self.state.status.value, self.attention if attention is not None else None)
        _expect(found == (status, attention), f"Expected {status} {attention or ''}, found {found}: {self._steps()}")
        _expect(not (faults := engine.verify(self.run_id)), " ".join(faults))
        return self

    def has(self, **steps: str) -> Self:
        """The status of each step named."""
        found = {name: self.state.steps[name].status.value for name in steps}
        _expect(found == steps, f"Expected {steps}, found {self._steps()}")
        return self

    def did(self, *steps: str) -> Self:
        """The steps that were done by their actions, all of them, in this order."""
        return self._in_order(Direction.DO, steps)

    def undid(self, *steps: str) -> Self:
        """The steps that were undone by their compensations, all of them, in this order."""
        return self._in_order(Direction.UNDO, steps)

    def tried(self, **attempts: int) -> Self:
        """How often each step named was attempted."""
        found = {name: self.state.steps[name].attempts for name in attempts}
        _expect(found == attempts, f"Expected attempts {attempts}, found {found}")
        return self

    def published(self, *events: str) -> Self:
        """The events were published, in this order; others may lie between."""
        rest = iter(self.events)
        missing = [event for event in events if event not in rest]
        _expect(not missing, f"Expected {', '.join(missing)} in its place among {', '.join(self.events)}")
        return self

    def never_published(self, *events: str) -> Self:
        """None of the events was published."""
        found = [event for event in events if event in self.events]
        _expect(not found, f"Did not expect {', '.join(found)}")
        return self

    def heard(self, listener: str, *events: str) -> Self:
        """An observer or a subscriber took these events, all of them, in the order of their publication."""
        rows = store.run(self.run_id).outbox.filter(observer=listener)
        found = list(rows.filter(sent_at__isnull=False).values_list("event", flat=True))
        errors = "".join(f" {row.event}: {row.error}" for row in rows.exclude(error=""))
        _expect(found == list(events), f"Expected '{listener}' to hear {', '.join(events)}; it heard {found}.{errors}")
        return self

    def recorded(self, *, steps: dict[str, str] | None = None, **fields: Any) -> Self:
        """The latest rollback record has these fields; ``steps``: the outcome of each step that it is to name."""
        record = self.record()
        outcomes = {row["step"]: row["outcome"] for row in record["steps"]}
        found = {name: record[name] for name in fields}
        _expect(found == fields, f"Expected a record with {fields}, found {found}")
        chosen = {name: outcomes[name] for name in steps or {}}
        _expect(chosen == (steps or {}), f"Expected the record to say {steps}, found {outcomes}")
        return self

    def _in_order(self, direction: Direction, expected: Sequence[str]) -> Self:
        facts = (entry.fact for entry in self.journal)
        found = [fact.step for fact in facts if isinstance(fact, StepSucceeded) and fact.direction is direction]
        _expect(found == list(expected), f"Expected {direction.value}: {', '.join(expected)}; found {', '.join(found)}")
        return self

    def _steps(self) -> str:
        return ", ".join(f"{name} {step.status.value}" for name, step in self.state.steps.items())


def _expect(holds: object, otherwise: str) -> None:
    """An assertion that `python -O` keeps."""
    if not holds:
        raise AssertionError(otherwise)


def seen(run_id: str) -> Seen:
    """The run as it is now.

    Raises:
        UnknownRun: there is none.
    """
    saga, state = store.state(run_id)
    return Seen(run_id, saga, state, store.journal(run_id))
