"""The linter: it finds what is valid in a definition and still likely to fail. Each rule is one small function.

``lint(saga)`` lists the findings, warnings first, then in the order of the document; ``apply`` applies a proposal.
A caller with little time gives ``halt``: then the last finding says that the linter stopped.
Names of things outside the definition are compared with a :class:`Known`, if the caller gives one.
"""

from collections.abc import Callable, Iterator

from sagaflow.core.definition.problems import step_path
from sagaflow.core.definition.saga import Saga
from sagaflow.core.halting import Stopped, go_on, halted_by, never
from sagaflow.core.lint.circles import certain_children, starts_itself
from sagaflow.core.lint.comparisons import compares_apart
from sagaflow.core.lint.data import (
    masked_below,
    may_be_missing,
    reads_nothing,
    types_of,
    unmasked_elsewhere,
    why_missing,
)
from sagaflow.core.lint.events import (
    awaited_from_outside,
    awaits_itself,
    never_missing,
    no_deadline,
    no_run_heard,
    reacts_to_failure,
    sensitive_key,
    started_and_awaited,
)
from sagaflow.core.lint.finding import Finding, Limit, Move, Proposal, Restyle, Severity, StateInput
from sagaflow.core.lint.fit import does_not_fit
from sagaflow.core.lint.input_schema import hardly_meant, masks_nothing
from sagaflow.core.lint.limits import (
    deadline_too_short,
    one_event_two_waits,
    reminder_too_late,
    timeout_too_short,
    waits_without_limit,
)
from sagaflow.core.lint.names import Known, unknown_action, unknown_group, unknown_saga
from sagaflow.core.lint.order import could_come_later, races_pivot
from sagaflow.core.lint.proposal import apply
from sagaflow.core.lint.recovery import (
    beside_pivot,
    irreversible_without_pivot,
    needs_missing,
    never_rolls_back,
    not_retriable,
    stuck_past_pivot,
    uncompensated,
    undone_by_itself,
)
from sagaflow.core.lint.run_input import input_in_use, no_input_schema
from sagaflow.core.lint.scripts import mixed_scripts
from sagaflow.core.lint.style import better_choreographed, better_orchestrated
from sagaflow.core.lint.unreachable import unreachable
from sagaflow.core.suggestions import limited

__all__ = [
    "COMPARED",
    "NAMES",
    "RULES",
    "STOPPED",
    "Finding",
    "Known",
    "Limit",
    "Move",
    "Proposal",
    "Restyle",
    "Severity",
    "StateInput",
    "apply",
    "certain_children",
    "input_in_use",
    "lint",
    "types_of",
    "why_missing",
    "sensitive_key",
    "unmasked_elsewhere",
]

Rule = Callable[[Saga], Iterator[Finding]]

RULES: tuple[Rule, ...] = (
    uncompensated,
    not_retriable,
    never_rolls_back,
    beside_pivot,
    needs_missing,
    unreachable,
    awaited_from_outside,
    reacts_to_failure,
    awaits_itself,
    started_and_awaited,
    no_run_heard,
    sensitive_key,
    no_deadline,
    waits_without_limit,
    deadline_too_short,
    timeout_too_short,
    one_event_two_waits,
    reminder_too_late,
    undone_by_itself,
    mixed_scripts,
    hardly_meant,
    may_be_missing,
    never_missing,
    could_come_later,
    races_pivot,
    irreversible_without_pivot,
    better_orchestrated,
    better_choreographed,
)

NAMES: tuple[Callable[[Saga, Known], Iterator[Finding]], ...] = (unknown_action, unknown_saga, unknown_group)
"""The rules about names that do not exist outside the definition."""

FITS: tuple[Callable[[Saga, Known], Iterator[Finding]], ...] = (
    reads_nothing,
    does_not_fit,
    compares_apart,
    no_input_schema,
    unmasked_elsewhere,
    masked_below,
    masks_nothing,
    stuck_past_pivot,
)
"""The rules that compare the data of the definition with the actions and sub-sagas that get them."""

COMPARED = (*NAMES, *FITS, starts_itself)
"""The rules that need to know what exists outside the definition."""


STOPPED = Finding(
    rule="stopped",
    severity=Severity.ADVICE,
    element="saga",
    message=(
        "the linter stopped because its time was up, so that there may be more findings; `manage.py sagaflow lint` "
        "has no limit of time"
    ),
)
"""The last finding of a lint that was halted."""


def lint(saga: Saga, known: Known = Known(), *, halt: Callable[[], bool] = never) -> tuple[Finding, ...]:  # noqa: B008 - a frozen value
    """Return every finding: warnings before suggestions, each in the order of the document.

    Of a saga with faults that an earlier version of Sagaflow let pass, these are the findings. When ``halt`` is true,
    the linter returns what it has found so far, and ``STOPPED``.
    """
    place = {path: number for number, path in enumerate(_elements(saga))}
    severities = list(Severity)
    findings, last = list[Finding](), list[Finding]()
    with halted_by(halt), limited():
        try:
            findings.extend(_found(saga, known))
        except Stopped:
            last = [STOPPED]
    findings.sort(key=lambda finding: (severities.index(finding.severity), place.get(finding.element, 0)))
    return (*findings, *last)


def _found(saga: Saga, known: Known) -> Iterator[Finding]:
    go_on()
    if saga.faults:  # an earlier version let them pass, and the rules are about valid definitions
        for fault in saga.faults:
            but = "but it cannot be published again" if fault.lets_runs_start else "but no new run of it can start"
            message = f"{fault.message}; its runs go on, {but}"
            yield Finding(rule=fault.rule, severity=Severity.WARNING, element=fault.element, message=message)
        return
    for rule in RULES:
        for finding in rule(saga):
            yield finding
            go_on()
    for compare in COMPARED:
        for finding in compare(saga, known):
            yield finding
            go_on()


def _elements(saga: Saga) -> Iterator[str]:
    yield "saga"
    for segment in saga.segments:
        yield f"segments/{segment.name}"
        for step in segment.steps:
            yield step_path(segment.name, step.name)
    for observer in saga.observers:
        yield f"observers/{observer.name}"
