"""Rules about events: each awaited event needs a publisher, and a missing event has to be noticed."""

from collections.abc import Iterator
from dataclasses import replace

from sagaflow.core.definition.condition import tokens
from sagaflow.core.definition.direction import Direction
from sagaflow.core.definition.problems import MISSING
from sagaflow.core.definition.saga import Saga, Step, Style
from sagaflow.core.halting import go_on
from sagaflow.core.lint.finding import Finding, Limit, Severity, of_step
from sagaflow.core.suggestions import did_you_mean, misspelt

__all__ = [
    "awaited_from_outside",
    "awaits_itself",
    "never_missing",
    "no_deadline",
    "no_run_heard",
    "reacts_to_failure",
    "sensitive_key",
    "silent_steps",
    "started_and_awaited",
]

USUAL_LIMIT = 60
"""The seconds that are proposed as the timeout of a step."""


def no_deadline(saga: Saga) -> Iterator[Finding]:
    """A choreographed step gets no command, so only a deadline shows that its reaction is missing."""
    for segment in saga.segments:
        for step in segment.steps:
            if segment.style is Style.CHOREOGRAPHED and step.timeout is None and step.does.lasts is None:
                message = (
                    "it reacts on its own and has no timeout, so that a missing reaction goes unnoticed; "
                    f"set timeout to the seconds after which it is missing, such as {USUAL_LIMIT}"
                )
                found = of_step(saga, step.name, "no-deadline", message)
                yield replace(found, proposal=Limit(step.name, USUAL_LIMIT))


def awaited_from_outside(saga: Saga) -> Iterator[Finding]:
    """A step reacts to an event that no step publishes and no wait of the saga expects from outside."""
    failures = _failures(saga)
    expected = ({step.does.awaits for step in saga.steps.values()} - {""}).union(_refusals(saga))
    for step in saga.steps.values():
        go_on()
        for event in step.on or ():
            if event in saga.graph.awaits[step.name] and event not in failures and event not in expected:
                others = {other for other, emitter in saga.graph.emitters.items() if emitter != step.name}
                close = did_you_mean(event, others | expected)
                remedy = close or "await it with a step of its own (event), with a timeout"
                message = f"it reacts to '{event}', which no step publishes and no wait expects from outside; {remedy}"
                yield of_step(saga, step.name, "awaited-never-emitted", message)


def reacts_to_failure(saga: Saga) -> Iterator[Finding]:
    """After a failure event the run rolls back: no forward step starts any more."""
    how = {event: f"which '{name}' publishes when it fails or is undone" for event, name in _failures(saga).items()}
    how |= {event: f"by which the wait of '{name}' fails" for event, name in _refusals(saga).items()}
    for step in saga.steps.values():
        for event in saga.graph.awaits[step.name]:
            if event in how:
                message = (
                    f"it reacts to '{event}', {how[event]}, and then the run rolls back; "
                    "put what has to happen then into the compensation of an earlier step"
                )
                yield of_step(saga, step.name, "reacts-to-failure", message)


def awaits_itself(saga: Saga) -> Iterator[Finding]:
    """Only an event from outside ends a wait, of a step or of its undo."""
    for step in saga.steps.values():
        if emitter := _emitter(saga, step):
            message = (
                f"it waits for '{step.does.awaits}' from outside, but '{emitter}' publishes it here; "
                "let the steps after this one come after that one, and remove the wait"
            )
            yield of_step(saga, step.name, "awaited-inside", message)
        awaited = step.work(Direction.UNDO).awaits
        if emitter := saga.graph.emitters.get(awaited, ""):
            who = "the step itself" if emitter == step.name else f"'{emitter}'"
            message = (
                f"its undo waits for '{awaited}' from outside, but {who} publishes it here; "
                "give the undo an event of its own, or an action"
            )
            yield of_step(saga, step.name, "awaited-inside", message)


def started_and_awaited(saga: Saga) -> Iterator[Finding]:
    """The event that starts a run is its input, and is not given to the run again."""
    for name, heard in saga.graph.hears.items():
        if any(saga.starts_on in events for events in heard.values()):
            message = (
                f"it waits for '{saga.starts_on}', which starts the run and is not given to it again; "
                "remove the wait, and read the payload from the input of the run"
            )
            yield of_step(saga, name, "started-and-awaited", message)


def never_missing(saga: Saga) -> Iterator[Finding]:
    """Only a choreographed segment can miss a reaction."""
    for observer in saga.observers:
        if MISSING in observer.on and not saga.graph.choreographed:
            message = (
                f"it observes '{MISSING}', which only choreographed segments publish, and the saga has none; "
                "remove the event, or mark a segment choreographed"
            )
            element = f"observers/{observer.name}"
            yield Finding(rule="never-missing", severity=Severity.ADVICE, element=element, message=message)


def no_run_heard(saga: Saga) -> Iterator[Finding]:
    """The name of an event in ``correlate`` is misspelt: it is like that of an event that the saga awaits."""
    heard = {event for step in saga.graph.hears.values() for events in step.values() for event in events}
    heard |= {saga.starts_on} - {""}
    unnamed = frozenset(heard - saga.correlate.keys())
    for event in saga.correlate:
        go_on()
        close = "" if event in heard else misspelt(event, unnamed)
        if close:
            message = f"correlate says where '{event}' has the key of its run, and no wait is for this event; {close}"
            yield Finding(rule="no-run-heard", severity=Severity.WARNING, element="saga", message=message)


def sensitive_key(saga: Saga) -> Iterator[Finding]:
    """The key of a run is shown to every user who may see the run, also where fields are masked, in whatever case."""
    sensitive = {name.casefold() for name in saga.sensitive}
    for event, pointer in saga.correlate.items():
        if masked := [token for token in tokens(pointer) if token.casefold() in sensitive]:
            message = (
                f"correlate takes the key of '{event}' from the sensitive field '{min(masked)}', and keys are shown "
                "unmasked; use the number of a thing, such as an order"
            )
            yield Finding(rule="sensitive-key", severity=Severity.WARNING, element="saga", message=message)


def silent_steps(saga: Saga) -> frozenset[str]:
    """Return the steps that wait for an event that never comes."""
    return frozenset(
        step.name
        for step in saga.steps.values()
        if any(event in _failures(saga) for event in saga.graph.awaits[step.name]) or _emitter(saga, step)
    )


def _emitter(saga: Saga, step: Step) -> str:
    """Return the other step that publishes the event for which a step waits; empty: there is none.

    The success of a wait has its own event, which may have the name of the awaited one.
    """
    emitter = saga.graph.emitters.get(step.does.awaits, "")
    return "" if emitter == step.name else emitter


def _failures(saga: Saga) -> dict[str, str]:
    """Return the events that failures and compensations publish, each with its step."""
    refusals = _refusals(saga)
    return {
        event: step.name
        for step in saga.steps.values()
        for event in (step.failed_event(""), step.undone_event, *step.fails_as.values())
        if event not in refusals
    }


def _refusals(saga: Saga) -> dict[str, str]:
    """Return the events from outside by which a wait fails, each with its step."""
    return {event: step.name for step in saga.steps.values() if step.does.awaits for event in step.fails_as.values()}
