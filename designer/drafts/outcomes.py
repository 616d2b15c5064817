"""The failure matrices of two versions of a saga, compared: which ends got better, and which got worse.

A matrix has the worst end of each failure of each step. It is computed within a time limit; a saga that takes longer
has none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from designer.drafts.time_limit import passed
from sagaflow.core.definition.saga import Saga
from sagaflow.core.run.state import RunStatus
from sagaflow.core.simulation.simulate import Halted, Outcome, simulate
from sagaflow.flowchart.appearance import appearance_of

__all__ = ["REVIEW", "Ends", "Turn", "consequence", "matrix", "turns"]

BUDGET = 0.4
"""Seconds for one matrix after an edit."""
REVIEW = 2.0
"""Seconds for one matrix in a review, for which a reader waits."""
WORK = 2000
"""The most work for the orders of one failure: a page has not the time of the command `simulate`."""
MOST_STEPS = 80
WORDS = (
    "completed",
    "rolled back",
    "rolled back, with effects that stay",
    "an operator has to act",
    *(appearance_of(status).sentence for status in (RunStatus.PARKED, RunStatus.STUCK)),
)

Ends = Mapping[tuple[str, str], int]
"""Step and failure → the worst end, as the place in ``WORDS``."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A failure whose worst end is another one in the new version."""

    step: str
    case: str
    before: str
    after: str
    better: bool


def matrix(saga: Saga, budget: float = BUDGET) -> Ends | None:
    """Return the worst end of each failure; ``None``: it takes more than ``budget`` seconds."""
    try:
        return _matrix(saga.digest, _Held(saga, budget)) if len(saga.steps) <= MOST_STEPS else None
    except Halted:  # it is not kept: with less to do at the same time it may be possible
        return None


def turns(before: Saga, after: Saga, budget: float = BUDGET) -> tuple[Turn, ...] | None:
    """Return the failures of steps of both versions whose worst end differs; ``None``: it takes too long."""
    if (old := matrix(before, budget)) is None or (new := matrix(after, budget)) is None:
        return None
    return tuple(
        Turn(*key, WORDS[old[key]], WORDS[new[key]], new[key] < old[key])
        for key in old
        if key in new and new[key] != old[key]
    )


def consequence(before: Saga, after: Saga) -> str:
    """Return the difference in a few words: "2 ends better, 1 worse"; empty: none, or it takes too long."""
    found = turns(before, after) or ()
    better, worse = sum(turn.better for turn in found), sum(not turn.better for turn in found)
    parts = [f"{better} end{'s' if better > 1 else ''} better"] if better else []
    if worse:
        parts.append(f"{worse} worse" if better else f"{worse} end{'s' if worse > 1 else ''} worse")
    return ", ".join(parts)


class _Held:
    """Hides a saga and the time for it from the key of the cache, which is the digest of the saga."""

    def __init__(self, saga: Saga, budget: float) -> None:
        self.saga, self.budget = saga, budget

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=64)
def _matrix(digest: str, held: _Held) -> Ends:  # noqa: ARG001 - the digest is the key
    is_over, ends = passed(held.budget), dict[tuple[str, str], int]()
    for outcome in simulate(held.saga, work=WORK, halt=is_over, give_up=is_over):
        if outcome.reached:
            key = (outcome.step, outcome.case.value)
            ends[key] = max(ends.get(key, 0), _rank(outcome))
    return ends


def _rank(outcome: Outcome) -> int:
    if outcome.status in (RunStatus.PARKED, RunStatus.STUCK):
        return 4 if outcome.status is RunStatus.PARKED else 5
    if outcome.for_a_person or outcome.status not in (RunStatus.COMPLETED, RunStatus.ROLLED_BACK):
        return 3
    if outcome.status is RunStatus.COMPLETED:
        return 0
    return 2 if outcome.irreversible or outcome.given_up else 1
