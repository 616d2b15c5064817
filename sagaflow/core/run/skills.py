"""What one worker can do: the services that it serves, and the names of what its code knows. Data, never code."""

from dataclasses import dataclass

from sagaflow.core.definition.saga import Step
from sagaflow.core.run.state import Direction

__all__ = ["ALL", "Skills", "child_of", "need"]


@dataclass(frozen=True, slots=True)
class Skills:
    """``None`` stands for all of them."""

    services: frozenset[str] | None = None
    """Work of no service in particular (``""``) is for every worker."""
    known: frozenset[str] | None = None
    """The actions, and the sub-sagas as ``child_of`` names them."""

    def serve(self, service: str) -> bool:
        """Whether work of the service is for this worker."""
        return self.services is None or service in self.services or not service

    def can(self, step: Step, direction: Direction) -> bool:
        """Whether this worker may, and is able to, perform one direction of a step."""
        return self.serve(step.service_of(direction)) and self.knows(need(step, direction))

    def can_call(self, action: str) -> bool:
        """Whether this worker may, and is able to, call the action ``service.verb``."""
        return self.serve(action.partition(".")[0]) and self.knows(action)

    def knows(self, name: str) -> bool:
        """Whether its code has what ``name`` asks for."""
        return self.known is None or not name or name in self.known


ALL = Skills()


def need(step: Step, direction: Direction) -> str:
    """The name of what a worker has to know for one direction of a step; empty: nothing in particular."""
    work = step.work(direction)
    return child_of(work.runs) if work.runs else work.calls


def child_of(saga: str) -> str:
    """The name under which a worker knows that it can start runs of ``saga``; no action has such a name."""
    return f"sub-saga {saga}"
