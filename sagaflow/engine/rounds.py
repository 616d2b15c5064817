"""A decision counts for the round of the step that the sender saw: sent twice, it never decides the next round.

A step starts a new round after a return to a save-point, or when an operator resumes the run.
"""

from collections.abc import Iterable

from sagaflow.core.errors import Refused
from sagaflow.core.run.state import RunState

__all__ = ["check_round"]


def check_round(state: RunState, steps: Iterable[str], seen: int | None) -> None:
    """Check that one of the steps is in the round that the sender saw; ``None``: the sender did not say.

    Raises:
        Refused: each of them is in another round.
    """
    rounds = {name: state.steps[name].round for name in steps if name in state.steps}
    if seen is None or not rounds or seen in rounds.values():
        return
    now = ", ".join(f"step '{name}' is in round {number}" for name, number in rounds.items())
    raise Refused(
        f"This is for round {seen}, but {now}. Look at the current state of the run and decide again.", code="outdated"
    )
