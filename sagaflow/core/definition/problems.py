"""The rules that a valid definition keeps. A fault names the element that breaks a rule, the rule and the remedy."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from sagaflow.core.definition import forms
from sagaflow.core.definition.compensation import Compensation, Undo
from sagaflow.core.definition.condition import pointer_faults
from sagaflow.core.definition.fields import ACTION, EVENT, NAME, Complaint, duration_faults, name_faults, text_faults
from sagaflow.core.definition.graph import Graph
from sagaflow.core.definition.parts import EVERY_EVENT, Recovery, Segment, Step, UncheckedSaga
from sagaflow.core.definition.work import STARTER, StepKind
from sagaflow.core.errors import Fault
from sagaflow.core.halting import go_on
from sagaflow.core.schemas.schema_faults import schema_faults
from sagaflow.core.suggestions import did_you_mean, limited

__all__ = ["MAX_EDGES", "MAX_STEPS", "MISSING", "ROLLING_BACK", "RUN_EVENTS", "problems", "published", "step_path"]

MAX_STEPS = 500
MAX_EDGES = 4000
MOST_RUNS = 1000
FEW_NAMES = 20
"""Names that a message lists; of more, it proposes only those that are like the wrong one."""
MISSING = "SagaMissing"
"""The event that says which reaction of a choreographed step has not come in time."""
ROLLING_BACK = "SagaRollingBack"
"""The event that stands for the failure if no failure of a step began the rollback."""
ALWAYS = frozenset(("SagaCompleted", "SagaRolledBack", "SagaCancelled", "SagaStuck", "SagaParked", MISSING))
"""The events about a run that every definition may observe, in whatever style its segments are."""
RUN_EVENTS = ALWAYS | {"SagaReminded", ROLLING_BACK}
"""The events that a run publishes about itself. A step cannot have one of them as its own."""


def problems(saga: UncheckedSaga, resolved: Callable[[], Graph] | None = None) -> tuple[Fault, ...]:
    """Return every fault of ``saga``; an empty tuple: it is valid.

    ``resolved``: returns its graph where that is kept; it is called only if the parts alone have no fault.
    """
    with limited():
        faults = [*_of_saga(saga)]
        for segment in saga.segments:
            faults += _of_segment(saga, segment)
            for step in segment.steps:
                go_on()
                faults += _of_step(saga, segment, step)
    if not faults:
        faults += _of_graph(saga, resolved() if resolved else Graph.of(saga))
    return tuple(faults)


def step_path(segment: str, step: str) -> str:
    """Return the path of a step in a fault."""
    return f"segments/{segment}/steps/{step}"


def _of_saga(saga: UncheckedSaga) -> Iterator[Fault]:
    yield from _name("saga", saga.name, NAME, "name")
    yield from _texts("saga", title=saga.title, sensitive=saga.sensitive)
    if not saga.segments:
        yield Fault("saga", "it has no segments; add one with at least one step", "empty")
    count = sum(len(segment.steps) for segment in saga.segments)
    if count > MAX_STEPS:
        yield Fault("saga", f"it has {count} steps and {MAX_STEPS} is the limit; move some into a sub-saga", "size")
    yield from _twice("saga", "segment", [segment.name for segment in saga.segments])
    yield from _twice("saga", "step", [step.name for segment in saga.segments for step in segment.steps])
    yield from _twice("saga", "observer", [observer.name for observer in saga.observers])
    yield from _event_names(saga)
    yield from _duration("saga", "deadline", saga.deadline)
    yield from _duration("saga", "after_rollback.delay", saga.after_rollback.delay, zero=True)
    if not 0 <= saga.after_rollback.retries <= MOST_RUNS:
        yield Fault(
            "saga",
            f"after_rollback.retries is {saga.after_rollback.retries}; give 0 to 1000",
            "range",
            "after_rollback",
        )
    for message in schema_faults(saga.input_schema) if saga.input_schema is not None else ():
        yield Fault("saga", message, "schema", "input_schema")
    for name, pointer in saga.search.items():
        yield from _name("saga", name, NAME, "search")
        for message in pointer_faults(pointer):
            yield Fault("saga", f"the search attribute '{name}': {message}", "pointer", "search")
    yield from _correlation(saga)
    known = published(saga)
    for observer in saga.observers:
        path = f"observers/{observer.name}"
        yield from _name(path, observer.name, NAME, "name")
        yield from _name(path, observer.action, ACTION, "action")
        for event in observer.on:
            if event not in known:
                message = f"it observes '{event}', which the saga never publishes; {_instead(event, known)}"
                yield Fault(path, message, "unknown", "on")


def _correlation(saga: UncheckedSaga) -> Iterator[Fault]:
    for event, pointer in saga.correlate.items():
        if event != EVERY_EVENT:
            yield from _name("saga", event, EVENT, "correlate")
        for message in pointer_faults(pointer):
            yield Fault("saga", f"correlate: '{event}': {message}", "pointer", "correlate")
    if not saga.starts_on:
        return
    yield from _name("saga", saga.starts_on, EVENT, "starts_on")
    if saga.pointer_to_key(saga.starts_on) is None:
        close = did_you_mean(saga.starts_on, saga.correlate)
        message = (
            f"'{saga.starts_on}' starts runs, and correlate does not say where it has the key; "
            f"{close and f'{close} Otherwise '}add a pointer"
        )
        yield Fault("saga", message, "correlate", "starts_on")


def published(saga: UncheckedSaga) -> set[str]:
    """Return every event that a run can publish, in some style of its segments."""
    names = set(ALWAYS)
    for segment in saga.segments:
        names.add(segment.started_event)
        for step in segment.steps:
            names |= {step.done_event, *_after_failure(step)}
            does: object = step.does
            if isinstance(does, StepKind) and does.reminds is not None:
                names.add("SagaReminded")
    return names


def _after_failure(step: Step) -> set[str]:
    """Return the events of the failures of a step and of its undo."""
    return {step.failed_event(""), step.undone_event, *step.fails_as.values()}


def _event_names(saga: UncheckedSaga) -> Iterator[Fault]:
    """Check that an event has one meaning: a success, a failure, the end of a wait, or something about the run."""
    steps = [step for segment in saga.segments for step in segment.steps]
    starts = {segment.started_event: segment.name for segment in saga.segments}
    yield from _twice("saga", "event", [segment.started_event for segment in saga.segments])
    yield from _twice("saga", "event", [step.done_event for step in steps])
    done = {step.done_event: step.name for step in steps}
    for step in steps:
        failures = _after_failure(step)
        for event in sorted(failures & set(done), key=str):
            message = f"'{event}' of step '{step.name}' is also the success of '{done[event]}'; rename one"
            yield Fault("saga", message, "event-twice")
        for event in sorted({step.done_event, *failures} & {*starts, *RUN_EVENTS}, key=str):
            what = f"the start of segment '{starts[event]}'" if event in starts else "what a run says about itself"
            message = f"'{event}' of step '{step.name}' is also {what}; give the step another event, or another name"
            yield Fault("saga", message, "event-twice")
        yield from _refusals(step)


def _refusals(step: Step) -> Iterator[Fault]:
    """Check that the event from outside that ends a wait, or makes it fail, says with what outcome."""
    does: object = step.does
    awaited = does.awaits if isinstance(does, StepKind) else ""
    first: dict[str, str] = {}
    for code, event in step.fails_as.items() if awaited else ():
        other = first.setdefault(event, code)
        if event == awaited or other != code:
            also = "is also its success" if event == awaited else f"means '{other}' and '{code}'"
            message = f"'{event}', for which step '{step.name}' waits, {also}; give each outcome an event of its own"
            yield Fault("saga", message, "event-twice")


def _of_segment(saga: UncheckedSaga, segment: Segment) -> Iterator[Fault]:
    path = f"segments/{segment.name}"
    yield from _of_fields(path, segment)
    if not segment.steps:
        yield Fault(path, "it has no steps; add one or remove the segment", "empty")
    known = {other.name for other in saga.segments}
    for name in segment.after or ():
        if name not in known:
            others = known - {segment.name}
            message = f"it comes after '{name}', which is not another segment; {_instead(name, others)}"
            yield Fault(path, message, "unknown", "after")
    if segment.recovery is Recovery.FORWARD and not any(other.savepoint for other in saga.segments):
        message = "forward recovery needs a save-point; set savepoint on it or on an earlier segment"
        yield Fault(path, message, "savepoint", "recovery")


def _of_step(saga: UncheckedSaga, segment: Segment, step: Step) -> Iterator[Fault]:
    path = step_path(segment.name, step.name)
    yield from _of_fields(path, step)
    yield from _of_work(path, step)
    yield from _of_undo(path, step)
    inside = {other.name for other in segment.steps}
    for name in step.after or ():
        if name not in inside:
            others = inside - {step.name}
            message = (
                f"it comes after '{name}', which is not a step of segment '{segment.name}'; {_instead(name, others)}"
            )
            yield Fault(path, message, "unknown", "after")
    for event in (step.done_event, step.undone_event):
        yield from _name(path, event, EVENT)
    known = {other.name for segment in saga.segments for other in segment.steps}
    for field, what, names in _reads(step):
        for name in sorted(names - known):
            others = known if field == "undo" else known - {step.name}  # only its undo can read its own output
            message = f"{what}: it reads the output of '{name}', which is not a step; {_instead(name, others)}"
            yield Fault(path, message, "unknown", field)


def _reads(step: Step) -> Iterator[tuple[str, str, frozenset[str]]]:
    """Yield each field that reads outputs of other steps: its key, its name in a sentence, and those steps."""
    if step.condition:
        yield "condition", "condition", step.condition.steps()
    if step.input:
        yield "input", "input", step.input.steps()
    if step.undo and step.undo.input:
        yield "undo", "input of the undo", step.undo.input.steps() - {step.name}


def _of_work(path: str, step: Step) -> Iterator[Fault]:
    does: object = step.does
    if isinstance(does, StepKind) and does.does:
        yield from _faults(path, does.faults(), does.key)
    else:
        yield Fault(path, f"'{does}' is not an action; write 'service.verb' or use WaitForEvent, Timer, …", "action")


def _of_undo(path: str, step: Step) -> Iterator[Fault]:
    match step.undo:
        case None:
            return
        case Compensation(kind=Undo.IRREVERSIBLE | Undo.NOTHING as kind, does=None, reason=reason):
            if not str(reason).strip():
                message = f"the compensation is '{kind}' without a reason; the rollback record needs it"
                yield Fault(path, message, "reason", "undo")
        case Compensation(kind=Undo.COMPENSATE | Undo.SEMANTIC as kind, does=StepKind(undoes=True) as does) if not (
            does.rolls_child_back and kind is Undo.SEMANTIC
        ):
            yield from _faults(path, does.faults(), "undo")
            if does.rolls_child_back and not step.does.runs:
                message = "only a sub-saga can be undone by rolling its run back; name an action"
                yield Fault(path, message, "undo", "undo")
        case other:
            message = f"the compensation {other!r} is incomplete; name an action, or give kind and reason"
            yield Fault(path, message, "undo", "undo")
    if step.undo is not None:
        yield from _faults(path, text_faults("reason", step.undo.reason), "undo")
        for message in step.undo.input.faults() if step.undo.input else ():
            yield Fault(path, f"input of the undo: {message}", "input", "undo")
        for pointer in step.undo.needs:
            for message in pointer_faults(pointer):
                yield Fault(path, f"needs: {message}", "pointer", "undo")


def _of_graph(saga: UncheckedSaga, graph: Graph) -> Iterator[Fault]:
    ordered = set(graph.order)
    cyclic = [name for name in graph.before if name not in ordered]
    if cyclic:
        message = (
            f"these steps wait for each other, so that none can ever start: {_list(cyclic)}; remove one of the links"
        )
        yield Fault("saga", message, "cycle")
        return
    edges = sum(len(names) for names in graph.before.values())
    if edges > MAX_EDGES:
        yield Fault(
            "saga", f"it has {edges} links between steps and {MAX_EDGES} is the limit; add a joining step", "size"
        )
    pivots = [step for step in saga.steps.values() if step.pivot]
    if len(pivots) > 1:
        yield Fault("saga", f"it has {len(pivots)} pivots ({_list(p.name for p in pivots)}); keep one", "pivot")
    for name, step in saga.steps.items():
        go_on()
        path = step_path(graph.segment_of[name].name, name)
        for field, what, names in _reads(step):
            for other in sorted(names - graph.ancestors[name]):
                message = f"{what}: it reads the output of '{other}', which need not be done by then; let it come after"
                yield Fault(path, message, "condition", field)
        yield from _of_bars(saga, graph, step, path)
    for segment in saga.segments:
        if segment.recovery is Recovery.FORWARD and segment.name not in graph.savepoint_for:
            yield Fault(
                f"segments/{segment.name}", "no save-point lies at or before it; set savepoint on one", "savepoint"
            )


def _of_fields(path: str, part: Segment | Step) -> Iterator[Fault]:
    yield from (Fault(path, message, rule, field) for field, (message, rule) in forms.faults(part))


def _of_bars(saga: UncheckedSaga, graph: Graph, step: Step, path: str) -> Iterator[Fault]:
    """Check that each name in ``not_by`` is that of an approval which is decided before."""
    for name in step.does.bars:
        if name == STARTER:
            continue
        if name not in saga.steps or not saga.steps[name].does.asks:
            earlier = [other for other in graph.ancestors[step.name] if saga.steps[other].does.asks]
            use = f"use '{STARTER}'" + (f" or one of {_list(earlier)}" if earlier else "")
            yield Fault(path, f"not_by names '{name}', which is not an approval; {use}", "not-by", "not_by")
        elif name not in graph.ancestors[step.name]:
            message = f"not_by names '{name}', which need not be decided by then; let this step come after it"
            yield Fault(path, message, "not-by", "not_by")


def _faults(path: str, complaints: Iterator[Complaint], field: str = "") -> Iterator[Fault]:
    yield from (Fault(path, message, rule, field) for message, rule in complaints)


def _name(path: str, name: object, pattern: re.Pattern[str], field: str = "") -> Iterator[Fault]:
    return _faults(path, name_faults(name, pattern), field)


def _texts(path: str, **texts: object) -> Iterator[Fault]:
    """Check texts, and tuples of them, for characters that a database or a page cannot hold."""
    for what, value in texts.items():
        for item in value if isinstance(value, tuple) else (value,):
            yield from _faults(path, text_faults(what, item), what)


def _twice(path: str, what: str, names: list[str]) -> Iterator[Fault]:
    for name, count in Counter(names).items():
        if count > 1:
            yield Fault(
                path, f"the {what} '{name}' is there {count} times; each needs a name of its own", f"{what}-twice"
            )


def _duration(path: str, what: str, seconds: object, *, zero: bool = False) -> Iterator[Fault]:
    if seconds is not None:
        yield from _faults(path, duration_faults(what, seconds, zero=zero), what.partition(".")[0])


def _instead(name: str, known: set[str]) -> str:
    """Return the remedy for a name that is not one of the known ones."""
    few = f"use one of {_list(known)}" if known and len(known) <= FEW_NAMES else "correct the name, or remove it"
    return did_you_mean(name, known) or few


def _list(names: object) -> str:
    order: Callable[[Any], list[str]] = sorted
    return ", ".join(order(names)) or "(none)"
