"""The rule about sub-sagas that start their own saga again, directly or round a circle."""

from collections.abc import Iterator

from sagaflow.core.definition.parts import UncheckedSaga
from sagaflow.core.definition.saga import Saga
from sagaflow.core.lint.finding import Finding, of_step
from sagaflow.core.lint.names import Known

__all__ = ["certain_children", "starts_itself"]


def certain_children(saga: UncheckedSaga) -> frozenset[str]:
    """Return the sagas that each run starts as sub-sagas: those of steps without a condition."""
    return frozenset(step.does.runs for step in saga.steps.values() if step.does.runs and step.condition is None)


def starts_itself(saga: Saga, known: Known) -> Iterator[Finding]:
    """Each run waits for another run of the same saga, so that none can complete."""
    for name, step in saga.steps.items():
        child = step.does.runs
        if not child or step.condition is not None:
            continue
        way = _way(child, saga.name, known)
        if way:
            message = (
                f"it starts {_circle(saga.name, way)}, so that no run can ever complete: each waits for the next one; "
                "give the step a condition that ends this, or start another saga"
            )
            yield of_step(saga, name, "starts-itself", message)


def _way(first: str, goal: str, known: Known) -> tuple[str, ...]:
    """Return the shortest way from a sub-saga to the saga itself; empty: there is none."""
    ways: list[tuple[str, ...]] = [(first,)]
    seen = {first}
    for way in ways:
        if way[-1] == goal:
            return way
        saga = known.children.get(way[-1])
        for child in sorted(certain_children(saga) - seen if saga else ()):
            seen.add(child)
            ways.append((*way, child))
    return ()


def _circle(saga: str, way: tuple[str, ...]) -> str:
    first, *others = way
    if not others:
        return f"its own saga '{saga}' again"
    return f"'{first}'" + "".join(f", which starts '{child}'" for child in others) + " again"
