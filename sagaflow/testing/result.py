"""The result of a run, and expectations of it. Each expectation returns the result, so that calls can be chained."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from sagaflow import engine, registry, store
from sagaflow.core.definition.problems import ROLLING_BACK, published
from sagaflow.core.definition.saga import Saga
from sagaflow.core.definition.subscriber import meant
from sagaflow.core.run.facts import EventPublished
from sagaflow.core.run.journal import Entry
from sagaflow.core.run.queries import attention
from sagaflow.core.run.reports import StepSucceeded
from sagaflow.core.run.state import Direction, RunState
from sagaflow.store.runs import outbox, records

__all__ = ["RunResult", "seen"]

Record = dict[str, Any]


@dataclass(frozen=True)
class RunResult:
    """A run as it was at one time. Its expectations raise AssertionError with the values that are there instead.

    A name that the saga cannot have raises KeyError with those that it has: an expectation about it would always hold.
    """

    run_id: str
    saga: Saga
    state: RunState
    journal: tuple[Entry, ...]

    @property
    def attention(self) -> str:
        """Return the reason why the run needs attention; empty: it needs none."""
        return attention(self.saga, self.state) or ""

    @cached_property
    def events(self) -> tuple[str, ...]:
        """Return the events that the run published, in order."""
        facts = (entry.fact for entry in self.journal)
        return tuple(fact.event for fact in facts if isinstance(fact, EventPublished))

    @cached_property
    def records(self) -> tuple[Record, ...]:
        """Return the rollback records, the oldest first."""
        return tuple(record for _, record in records.of_run(self.run_id))

    def record(self) -> Record:
        """Return the latest rollback record.

        Raises:
            AssertionError: there is none.
        """
        _expect(self.records, f"Run {self.run_id} has no rollback record; it is {self.state.status.value}.")
        return self.records[-1]

    def is_(self, status: str, *, attention: str | None = None) -> Self:
        """Expect this status, this reason for attention, and an intact journal."""
        actual = (self.state.status.value, self.attention if attention is not None else None)
        _expect(actual == (status, attention), f"Expected {status} {attention or ''}, found {actual}: {self._steps()}")
        _expect(not (faults := engine.verify(self.run_id)), " ".join(faults))
        return self

    def has(self, /, **steps: str) -> Self:
        """Expect these statuses of steps."""
        self._require("step", steps, self.saga.steps)
        actual = {name: self.state.steps[name].status.value for name in steps}
        _expect(actual == steps, f"Expected {steps}, found {self._steps()}")
        return self

    def did(self, *steps: str) -> Self:
        """Expect that actions did exactly these steps, in this order."""
        return self._in_order(Direction.DO, steps)

    def undid(self, *steps: str) -> Self:
        """Expect that compensations undid exactly these steps, in this order."""
        return self._in_order(Direction.UNDO, steps)

    def tried(self, /, **attempts: int) -> Self:
        """Expect these numbers of attempts of steps."""
        self._require("step", attempts, self.saga.steps)
        actual = {name: self.state.steps[name].attempts for name in attempts}
        _expect(actual == attempts, f"Expected attempts {attempts}, found {actual}")
        return self

    def published(self, *events: str) -> Self:
        """Expect that the run published these events in this order, perhaps with others in between."""
        rest = iter(self.events)
        missing = [event for event in events if event not in rest]
        _expect(not missing, f"Expected {', '.join(missing)} in its place among {', '.join(self.events)}")
        return self

    def never_published(self, *events: str) -> Self:
        """Expect that the run published none of these events, which it can publish."""
        self._require("event", events, published(self.saga) | {ROLLING_BACK, *self.events})
        found = [event for event in events if event in self.events]
        _expect(not found, f"Did not expect {', '.join(found)}")
        return self

    def heard(self, listener: str, *events: str) -> Self:
        """Expect that an observer or a subscriber received exactly these events, in this order."""
        deliveries = outbox.deliveries(self.run_id, listener)
        if not deliveries:
            observers = {observer.name for observer in self.saga.observers}
            others = {subscriber.name for subscriber in registry.subscribers(self.saga.name)}
            self._require("observer or subscriber", [listener], observers | others)
        heard = [delivery.event for delivery in deliveries if delivery.sent_at]
        errors = "".join(f" {delivery.event}: {delivery.error}" for delivery in deliveries if delivery.error)
        _expect(heard == list(events), f"Expected '{listener}' to hear {', '.join(events)}; it heard {heard}.{errors}")
        return self

    def recorded(self, *, steps: dict[str, str] | None = None, **fields: object) -> Self:
        """Expect these fields in the latest rollback record. ``steps``: the outcomes of these steps."""
        record = self.record()
        outcomes = {row["step"]: row["outcome"] for row in record["steps"]}
        actual = {name: record[name] for name in fields}
        _expect(actual == fields, f"Expected a record with {fields}, found {actual}")
        chosen = {name: outcomes[name] for name in steps or {}}
        _expect(chosen == (steps or {}), f"Expected the record to say {steps}, found {outcomes}")
        return self

    def _require(self, what: str, names: Iterable[str], known: Collection[str]) -> None:
        for name in names:
            if name not in known:
                raise KeyError(
                    f"Saga '{self.saga.name}' has no {what} '{name}'{meant(name, known)} "
                    f"It has {', '.join(sorted(known)) or 'none'}."
                )

    def _in_order(self, direction: Direction, expected: Sequence[str]) -> Self:
        facts = (entry.fact for entry in self.journal)
        actual = [fact.step for fact in facts if isinstance(fact, StepSucceeded) and fact.direction is direction]
        _expect(
            actual == list(expected), f"Expected {direction.value}: {', '.join(expected)}; found {', '.join(actual)}"
        )
        return self

    def _steps(self) -> str:
        return ", ".join(f"{name} {step.status.value}" for name, step in self.state.steps.items())


def _expect(holds: object, otherwise: str) -> None:
    """Assert something, with `python -O` too."""
    if not holds:
        raise AssertionError(otherwise)


def seen(run_id: str) -> RunResult:
    """Return the result of the run as it is now.

    Raises:
        UnknownRun: there is no such run.
    """
    saga, state = store.state(run_id)
    return RunResult(run_id, saga, state, store.journal(run_id))
