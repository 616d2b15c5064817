"""The effect of a deployment on unfinished runs: each keeps its definition, and needs the code that it names."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sagaflow.core.definition.saga import Saga, StepKind
from sagaflow.core.run.state import Direction, RunState
from sagaflow.store.lists.lookup import Unfinished

__all__ = ["Plan", "needs", "survey"]

EXAMPLES = 5
"""The number of run IDs that are shown for each action that would vanish."""


@dataclass(slots=True)
class Pinned:
    """The unfinished runs of one definition."""

    saga: Saga
    version: int
    runs: int = 0
    working: Counter[str] = field(default_factory=Counter)
    """The number of runs for each step that is due, running or parked."""


@dataclass(slots=True)
class Vanished:
    """An action or a saga that definitions of unfinished runs name, and that no registered code provides."""

    name: str
    kind: str
    """``action`` or ``saga``."""
    sagas: set[str] = field(default_factory=set)
    needed_by: int = 0
    """The number of runs that may still call it."""
    examples: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Plan:
    """The result of ``survey``."""

    pinned: dict[str, Pinned] = field(default_factory=dict)
    """The pinned definitions by digest."""
    vanished: dict[tuple[str, str], Vanished] = field(default_factory=dict)
    runs: int = 0


def survey(
    runs: Iterable[Unfinished], provided: frozenset[str], sagas: frozenset[str], services: frozenset[str] | None
) -> Plan:
    """Read the unfinished runs (``lookup.Unfinished``) once, and compare them with the registered code.

    ``provided`` has the registered actions and ``sagas`` the registered names. Only actions of ``services`` count;
    ``None`` means all services.
    """
    plan = Plan()
    for run in runs:
        plan.runs += 1
        pinned = plan.pinned.setdefault(run.saga.digest, Pinned(run.saga, run.version))
        pinned.runs += 1
        pinned.working.update(_open(run.state))
        needed = needs(run.saga, run.state)
        for kind, name in _named(run.saga):
            if name in (provided if kind == "action" else sagas):
                continue
            if kind == "action" and services is not None and name.partition(".")[0] not in services:
                continue
            vanished = plan.vanished.setdefault((kind, name), Vanished(name, kind))
            vanished.sagas.add(run.saga.name)
            if (kind, name) in needed:
                vanished.needed_by += 1
                vanished.examples += [run.run_id] * (len(vanished.examples) < EXAMPLES)
    return plan


def needs(saga: Saga, state: RunState) -> set[tuple[str, str]]:
    """Return everything that the run may still call, as ``("action", name)`` or ``("saga", name)``.

    A run that may go forward again, from a save-point or as a whole, may call everything. After the pivot, no
    compensation is called.
    """
    if saga.after_rollback.retries or any(segment.savepoint for segment in saga.segments):
        return set(_named(saga))
    pivot = saga.graph.pivot
    compensates = pivot is None or not state.steps[pivot].status.settled_forward
    called = set()
    for name, step in saga.steps.items():
        status = state.steps[name].status
        if not status.settled_forward and not status.undone:
            called |= set(_called(step.does))
        if compensates and not status.undone:
            called |= set(_called(step.work(Direction.UNDO)))
    return called


def _named(saga: Saga) -> Iterator[tuple[str, str]]:
    for step in saga.steps.values():
        for direction in Direction:
            yield from _called(step.work(direction))


def _called(work: StepKind) -> Iterator[tuple[str, str]]:
    if work.calls:
        yield "action", work.calls
    if work.runs:
        yield "saga", work.runs


def _open(state: RunState) -> Iterator[str]:
    for name, step in state.steps.items():
        if step.status.working or step.status.needs_person:
            yield name
