"""The actions that a draft calls and that no code has yet: planned in the drawing, stubs in the Python of the draft."""

from collections.abc import Iterator

from sagaflow import registry
from sagaflow.core.definition.saga import Saga
from sagaflow.core.run.state import Direction

__all__ = ["planned_actions", "planned_elements"]


def planned_actions(saga: Saga) -> set[str]:
    """Return the names of the actions that are not registered."""
    return {action for _, action in _calls(saga)} - {action.name for action in registry.actions()}


def planned_elements(saga: Saga) -> list[str]:
    """Return the elements of the drawing that call a planned action: ``step/pay``, ``undo/pay``, ``observer/mail``."""
    planned = planned_actions(saga)
    return [element for element, action in _calls(saga) if action in planned]


def _calls(saga: Saga) -> Iterator[tuple[str, str]]:
    """Yield an element of the drawing and the action that it calls."""
    for name, step in saga.steps.items():
        for element, direction in (("step", Direction.DO), ("undo", Direction.UNDO)):
            work = step.work(direction)
            if work.calls and not work.runs:
                yield f"{element}/{name}", work.calls
    for each in saga.observers:
        yield f"observer/{each.name}", each.action
