"""The segments that a large drawing shows as one node at first: a reader can unfold each of them."""

from sagaflow.core.definition.saga import Saga
from sagaflow.core.run.state import RunState
from sagaflow.flowchart.appearance import Status
from sagaflow.flowchart.paint import segment_status

__all__ = ["MANY", "TOO_MANY", "folded_at_first"]

MANY = 25
"""Steps: a larger drawing starts with its finished segments folded."""
TOO_MANY = 100
"""Steps: a larger drawing starts with all segments folded but those that a user looks for."""
FINISHED = (Status.DONE, Status.SKIPPED, Status.COMPENSATED)
QUIET = (*FINISHED, Status.EXPECTED, Status.CALLED_OFF)


def folded_at_first(saga: Saga, state: RunState | None = None, at: float = 0.0) -> frozenset[str]:
    """Return the names of the segments to fold; of a definition, or of a run in ``state`` as of ``at``."""
    if len(saga.steps) <= MANY or len(saga.segments) == 1:
        return frozenset()
    quiet = QUIET if len(saga.steps) > TOO_MANY else FINISHED
    return frozenset(
        segment.name
        for segment in saga.segments
        if (Status.EXPECTED if state is None else segment_status(saga, state, segment.name, at)) in quiet
    )
