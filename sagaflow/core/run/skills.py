"""The skills of one worker: the services that it serves, and the names that its code knows. Data, never code."""

from dataclasses import dataclass

from sagaflow.core.definition.saga import Step
from sagaflow.core.run.state import Direction

__all__ = ["ALL", "Skills", "child_of", "need"]


@dataclass(frozen=True, slots=True)
class Skills:
    """The skills of a worker. ``None`` stands for all services, or for all names."""

    services: frozenset[str] | None = None
    """The services that the worker serves. Every worker also serves work without a service (``""``)."""
    known: frozenset[str] | None = None
    """The names of the actions, and of the sub-sagas (see ``child_of``)."""

    def serve(self, service: str) -> bool:
        """Say whether this worker serves the service."""
        return self.services is None or service in self.services or not service

    def can(self, step: Step, direction: Direction) -> bool:
        """Say whether this worker may, and can, perform one direction of a step."""
        return self.serve(step.service_of(direction)) and self.knows(need(step, direction))

    def can_call(self, action: str) -> bool:
        """Say whether this worker may, and can, call the action ``service.verb``."""
        return self.serve(action.partition(".")[0]) and self.knows(action)

    def knows(self, name: str) -> bool:
        """Say whether the worker's code knows this action or sub-saga."""
        return self.known is None or not name or name in self.known


ALL = Skills()


def need(step: Step, direction: Direction) -> str:
    """Return the action or sub-saga that a worker has to know for one direction of a step; empty: none."""
    work = step.work(direction)
    return child_of(work.runs) if work.runs else work.calls


def child_of(saga: str) -> str:
    """Return the name for the skill to start runs of ``saga``. No action has such a name."""
    return f"sub-saga {saga}"
