"""The rule of ``not_by``: who started a run, or decided an earlier approval, does not decide this one.

To skip an approval is to decide it, so that the rule holds for this verb too, and for the person who gives it.
"""

from sagaflow.core.definition.saga import Saga
from sagaflow.core.definition.work import STARTER
from sagaflow.core.errors import Refused
from sagaflow.core.run.people import deciders, may_be_same
from sagaflow.core.run.state import RunState, StepState, StepStatus
from sagaflow.core.run.steps import in_order

__all__ = ["asked", "barred", "require_another", "why_barred"]


def why_barred(saga: Saga, state: RunState, step: str, by: str) -> str:
    """Return why ``by`` may not decide ``step``, in a sentence that names the rule; empty: the rule allows it."""
    for rule, person in barred(saga, state, step):
        if may_be_same(person, by):
            did = "started the run" if rule == STARTER else f"decided '{rule}'"
            return f"'{by}' {did}, and step '{step}' needs another person: its rule is not_by {rule}."
    return ""


def barred(saga: Saga, state: RunState, step: str) -> tuple[tuple[str, str], ...]:
    """Return the rules of ``step`` that keep someone away, each with the person."""
    rules = saga.steps[step].does.bars
    people = {rule: (state.by,) if rule == STARTER else _deciders(state.steps[rule]) for rule in rules}
    return tuple((rule, person) for rule, those in people.items() for person in those if person)


def asked(saga: Saga, state: RunState) -> list[tuple[str, *tuple[bool | list[str] | str, ...]]]:
    """Return for each approval that waits for a decision its group, and the people whom its rule keeps away.

    Between them stands true if its approvers were reminded. The person to whom it was delegated comes last, if there
    is one.
    """
    waiting = (
        name
        for name in in_order(saga, state)
        if saga.steps[name].does.asks and state.steps[name].status is StepStatus.WAITING
    )
    return [
        (
            saga.steps[name].does.asks,
            *((True,) if state.steps[name].reminded_at is not None else ()),
            sorted({person for _, person in barred(saga, state, name)}),
            *_delegate(state, name),
        )
        for name in waiting
    ]


def _delegate(state: RunState, step: str) -> tuple[str, ...]:
    delegation = state.steps[step].delegation
    return (delegation.to,) if delegation else ()


def _deciders(approval: StepState) -> tuple[str, ...]:
    """Return the person who gave an approval, or those who skipped it: one asked and one gave, if it took two.

    It is empty if no person did, or if its condition does not hold.
    """
    if approval.status is StepStatus.SKIPPED:
        return deciders(approval.by, approval.note)
    output = approval.output if approval.status is StepStatus.DONE else None
    return (str(output.get("approved_by", "")),) if isinstance(output, dict) else ()


def require_another(saga: Saga, state: RunState, step: str, *people: str) -> None:
    """Refuse a decision by people of whom the rule keeps one away.

    Raises:
        Refused: one of ``people`` may not decide ``step``.
    """
    if why := next(filter(None, (why_barred(saga, state, step, each) for each in people)), ""):
        raise Refused(why, code="barred")
