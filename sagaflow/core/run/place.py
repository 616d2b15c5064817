"""The place where a run stands: one step with its direction, and the error there. Lists show it and search by it.

It is the place of the failure (``failure_of``); without a failure, the first step in the order of the graph that is
open. A run that ended without a failure stands nowhere.
"""

from dataclasses import dataclass

from sagaflow.core.definition.saga import Saga
from sagaflow.core.run.failure import Failure
from sagaflow.core.run.state import RunState
from sagaflow.core.run.steps import in_order

__all__ = ["LONGEST_ERROR", "Place", "place_of"]

LONGEST_ERROR = 200
"""Characters of an error that can be searched."""


@dataclass(frozen=True, slots=True)
class Place:
    """The step, its direction (``do`` or ``undo``) and the error; empty texts: none."""

    step: str = ""
    direction: str = ""
    error: str = ""
    """Code and message of the error in one case, cut at ``LONGEST_ERROR`` characters."""


def place_of(saga: Saga, state: RunState, failure: Failure | None) -> Place:
    """Return where the run stands; ``failure`` is its ``failure_of``."""
    if failure is not None:
        error = f"{failure.code} {failure.message}".strip().casefold()[:LONGEST_ERROR]
        return Place(failure.step, failure.direction.value, error)
    if state.status.ended:
        return Place()
    for name in in_order(saga, state):
        status = state.steps[name].status
        if status.working or status.needs_person:
            return Place(name, status.direction.value)
    return Place()
