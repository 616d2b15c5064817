"""The effects at the simulated participants: each happens once for each idempotency key, and may be undone.

The participants keep a barrier, as real ones should: an undo that comes before its action does nothing, and the action
is then refused (law L10).
"""

from dataclasses import dataclass, field

from sagaflow.core.definition.saga import OnUndoFailure, Saga, Undo
from sagaflow.core.run.state import Direction, RunState, RunStatus, StepStatus

__all__ = ["Ledger", "inconsistencies"]

Key = tuple[str, int]
"""A step and its round, which together stand for an idempotency key."""

LEAVES_EFFECT = frozenset({StepStatus.IRREVERSIBLE, StepStatus.UNDO_SKIPPED, StepStatus.NOTHING_TO_UNDO})
"""The statuses of an undo after which the effect may remain."""


@dataclass(slots=True)
class Ledger:
    """The effects of one run at its participants."""

    done: set[Key] = field(default_factory=set)
    undone: set[Key] = field(default_factory=set)
    log: list[tuple[Direction, str, int]] = field(default_factory=list)
    """Every effect and undo, in order: direction, step, round."""

    def commit(self, step: str, round_: int, direction: Direction) -> bool:
        """Let an effect happen. Return ``False`` if it has happened before, or the barrier refuses it."""
        key = (step, round_)
        if key in self.undone or (key in self.done and direction is Direction.DO):
            return False
        (self.done if direction is Direction.DO else self.undone).add(key)
        if key in self.done:
            self.log.append((direction, *key))
        return True

    @property
    def standing(self) -> tuple[str, ...]:
        """Return the steps whose effect remains, in the order in which they took effect."""
        stand = self.done - self.undone
        return tuple(
            step for direction, step, number in self.log if direction is Direction.DO and (step, number) in stand
        )


def inconsistencies(saga: Saga, state: RunState, ledger: Ledger) -> tuple[str, ...]:
    """Return a sentence for each effect that contradicts the state of the run; an empty tuple if there is none."""
    stand = ledger.done - ledger.undone
    sentences = []
    for step, number in sorted(ledger.done):
        step_state = state.steps[step]
        if number < step_state.round or step_state.status is StepStatus.PENDING:
            if (step, number) in stand and not _may_stay(saga, step):
                sentences.append(f"round {number} of '{step}' left its effect behind")
        elif (step, number) in stand and _must_be_gone(state, step_state.status):
            sentences.append(f"the effect of '{step}' stands though the step is {step_state.status.value}")
    for step, step_state in state.steps.items():
        gone = (step, step_state.round) in ledger.undone
        acts = saga.steps[step].does.has_effect
        if step_state.status is StepStatus.DONE and gone:
            sentences.append(f"'{step}' is done though its effect was undone")
        elif step_state.status is StepStatus.DONE and acts and (step, step_state.round) not in ledger.done:
            sentences.append(f"'{step}' is done without its effect")
    return tuple(sentences)


def _may_stay(saga: Saga, step: str) -> bool:
    definition = saga.steps[step]
    lasting = definition.undo is None or definition.undo.kind in (Undo.IRREVERSIBLE, Undo.NOTHING)
    return lasting or definition.on_undo_failure is OnUndoFailure.CONTINUE


def _must_be_gone(state: RunState, status: StepStatus) -> bool:
    if status in (StepStatus.COMPENSATED, StepStatus.SEMANTICALLY_UNDONE, StepStatus.FAILED):
        return True
    rolled_back = state.status in (RunStatus.ROLLED_BACK, RunStatus.CANCELLED)
    return rolled_back and status not in LEAVES_EFFECT
