"""The verbs of operators, each declared once: engine, API, command, pages and admin derive their lists from this table.

A new verb is an entry here, a report with its decision in ``interventions``, and a row in the reference.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sagaflow.core.errors import Refused
from sagaflow.core.json_value import Json
from sagaflow.core.run.reports import (
    ApprovalDecided,
    ApprovalDelegated,
    CancelRequested,
    CompensationMarkedDone,
    EventReceived,
    Report,
    ResumeRequested,
    RetryRequested,
    RollbackRequested,
    SkipRequested,
)

__all__ = ["BULK_VERBS", "OPERATE_VERBS", "RUN_VERBS", "STEP_VERBS", "VERBS", "Verb", "value_for"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """One act of an operator: the report that it gives to the run, who may do it, and its words."""

    name: str
    report: Callable[..., Report]
    """The class of the report."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """The fields of the report that are always the same."""
    takes: str = ""
    """The field of the report for the operator's JSON: ``input``, ``output`` or ``payload``; empty: it takes none.

    ``to`` takes the name of a user, which a form shows as text.
    """
    takes_title: str = ""
    """The label of that JSON in a form."""
    on_step: bool = True
    """False: it is about the whole run."""
    permission: str = "operate_run"
    """The permission on the model of runs that it needs."""
    dangerous: bool = False
    """True: a surface asks before it, or shows it as dangerous."""
    rolls_back: bool = False
    """True: it begins a rollback, whose plan is shown before."""
    title: str
    """The words on the button."""
    effect: str
    """One or more sentences that say what will happen."""
    undo_title: str = ""
    """The words on the button while the compensation of the step is open; empty: the same."""
    undo_effect: str = ""
    bulk_effect: str = ""
    """The sentence about the effect of a bulk repair; empty: the verb is for one run at a time."""


VERBS: Mapping[str, Verb] = {
    verb.name: verb
    for verb in (
        Verb(
            name="retry",
            report=RetryRequested,
            title="Retry",
            effect="The step is tried again at once, with the same input and the same idempotency key. Its retry "
            "policy counts from the beginning.",
            undo_title="Retry the compensation",
            undo_effect="The compensation is tried again at once, with the same idempotency key. Its retry policy "
            "counts from the beginning.",
            bulk_effect="Every step that is parked, stuck or missing is tried again at once.",
        ),
        Verb(
            name="retry_with_input",
            report=RetryRequested,
            fields={"edited": True, "verb": "retry_with_input"},
            takes="input",
            takes_title="New input of the step",
            title="Edit input and retry",
            effect="The step, and only this step, gets the new input from now on, and is tried again at once. The old "
            "and the new input are saved with the run.",
            undo_title="Edit input and retry the compensation",
            undo_effect="The compensation gets the new input from now on, and is tried again at once. The old and the "
            "new input are saved with the run.",
        ),
        Verb(
            name="redeliver",
            report=RetryRequested,
            fields={"verb": "redeliver"},
            title="Redeliver event",
            effect="The event that the step should have reacted to is delivered again: the participant gets it at "
            "once, with the same idempotency key.",
            bulk_effect="Every choreographed step whose reaction is missing gets its event again.",
        ),
        Verb(
            name="skip",
            report=SkipRequested,
            takes="output",
            takes_title="Substitute output",
            dangerous=True,
            title="Skip",
            effect="The run continues as if the step were done, with the output that you enter. The effect that the "
            "step should have had is left to you. A later rollback does not undo a skipped step, unless it was tried.",
            undo_title="Skip the compensation",
            undo_effect="The rollback continues and leaves the effect of this step in place. The rollback record says "
            "so.",
            bulk_effect="Every step that is parked, stuck or missing is skipped, with the output below. The effect of "
            "a step whose compensation is stuck stays in place.",
        ),
        Verb(
            name="mark_done",
            report=CompensationMarkedDone,
            title="Mark as undone",
            effect="You or a colleague undid the step by hand. The rollback continues, and its record says that the "
            "step was undone by hand.",
            bulk_effect="Every step whose compensation is stuck counts as undone by hand.",
        ),
        Verb(
            name="resume",
            report=ResumeRequested,
            title="Resume from here",
            effect="The run goes forward again: this step and all steps after it start again, in a new round with new "
            "idempotency keys.",
        ),
        Verb(
            name="approve",
            report=ApprovalDecided,
            fields={"approved": True},
            permission="approve_step",
            title="Approve",
            effect="The step is done, and the run continues.",
        ),
        Verb(
            name="reject",
            report=ApprovalDecided,
            fields={"approved": False},
            permission="approve_step",
            dangerous=True,
            rolls_back=True,
            title="Reject",
            effect="The step fails with the business error 'rejected', and the run is rolled back.",
        ),
        Verb(
            name="delegate",
            report=ApprovalDelegated,
            takes="to",
            takes_title="User name",
            permission="approve_step",
            title="Delegate",
            effect="The user that you enter may decide this one approval too, without being in the group, until it is "
            "decided. The group keeps its right to decide. The rules about who may not decide hold for this user.",
        ),
        Verb(
            name="publish",
            report=EventReceived,
            takes="payload",
            takes_title="Payload of the event",
            permission="publish_event",
            title="Publish event",
            effect="The run gets the event that it waits for, as if it had come from outside, with the payload that "
            "you enter.",
        ),
        Verb(
            name="roll_back",
            report=RollbackRequested,
            on_step=False,
            dangerous=True,
            rolls_back=True,
            title="Roll back",
            effect="No further step is started, and completed steps are undone in reverse order, as the plan shows.",
            bulk_effect="Every run is rolled back, as its own plan says.",
        ),
        Verb(
            name="cancel",
            report=CancelRequested,
            on_step=False,
            dangerous=True,
            rolls_back=True,
            title="Cancel run",
            effect="Completed steps are undone, the run ends as cancelled, and it is not tried again, even if its "
            "definition says so. A rollback that is under way continues; a compensation that is stuck still needs an "
            "operator. While the pivot is under way, the pivot decides: if it takes effect, the run goes forward.",
            bulk_effect="Every run is rolled back and ends as cancelled. None is tried again.",
        ),
    )
}
"""Each verb by its name, in the order in which surfaces show them."""

OPERATE_VERBS = tuple(name for name, verb in VERBS.items() if verb.permission == "operate_run")
"""The verbs that need no more than the permission to operate runs."""
STEP_VERBS = tuple(name for name in OPERATE_VERBS if VERBS[name].on_step)
RUN_VERBS = tuple(name for name in OPERATE_VERBS if not VERBS[name].on_step)
BULK_VERBS = tuple(name for name, verb in VERBS.items() if verb.bulk_effect)


def value_for(verb: Verb, given: Mapping[str, Json], step: str = "") -> Json:
    """Return the value that the verb takes, of the fields that were given; ``None`` stands for none.

    Raises:
        Refused: a field, or a step, is given that the verb does not take, and would be lost without a word.
    """
    if step and not verb.on_step:
        message = f"'{verb.name}' is for a whole run; leave the step '{step}' out, or use a verb on a step."
        raise Refused(message, code="not-taken")
    for name, value in given.items():
        if name != verb.takes and value is not None:
            takers = " or ".join(each.name for each in VERBS.values() if each.takes == name)
            raise Refused(f"'{verb.name}' does not take '{name}'; only {takers} does. Leave it out.", code="not-taken")
    return given.get(verb.takes)
