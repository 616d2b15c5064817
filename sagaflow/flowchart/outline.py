"""The drawing in words: nested lines that say the same, for screen readers, terminals and diffs."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from sagaflow.core.definition.durations import duration
from sagaflow.core.definition.saga import Saga, Segment, Step, Style, Undo
from sagaflow.core.definition.subscriber import Subscriber, listening
from sagaflow.core.run.state import RunState
from sagaflow.flowchart.appearance import Status
from sagaflow.flowchart.compose import has_undo, step_title, subscriber_title, undo_order
from sagaflow.flowchart.paint import NO_OBSERVERS, status_of
from sagaflow.flowchart.words import clean, condition_text, humanize

__all__ = ["Line", "as_text", "outline"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line and those under it."""

    text: str
    children: tuple["Line", ...] = ()
    step: str = ""


def outline(
    saga: Saga,
    state: RunState | None = None,
    at: float = 0.0,
    *,
    subscribers: Collection[Subscriber] = (),
    failing: Mapping[str, Status] = NO_OBSERVERS,
) -> tuple[Line, ...]:
    """Segments, their steps, and what each waits for and is undone by; with ``state``, where each stands."""
    order = undo_order(saga)
    segments = tuple(_segment(saga, segment, state, at, order) for segment in saga.segments)
    observers = tuple(
        Line(
            f"Observer {humanize(observer.name)} of {', '.join(observer.on)}: {observer.action}"
            f"{_stands(observer.name, failing)}"
        )
        for observer in saga.observers
    )
    return (*segments, *observers, *(_subscriber(*listener, failing) for listener in listening(saga, subscribers)))


def as_text(lines: tuple[Line, ...], indent: str = "  ") -> str:
    """The lines with indentation."""
    return "".join(f"{indent * depth}{line.text}\n" for depth, line in _walk(lines, 0))


def _walk(lines: tuple[Line, ...], depth: int) -> Iterator[tuple[int, Line]]:
    for line in lines:
        yield depth, line
        yield from _walk(line.children, depth + 1)


def _subscriber(subscriber: Subscriber, events: tuple[str, ...], failing: Mapping[str, Status]) -> Line:
    team = f", team {clean(subscriber.team)}" if subscriber.team else ""
    stands = _stands(subscriber.name, failing)
    return Line(f"Subscriber {subscriber_title(subscriber)} of {', '.join(events)}{team}: {subscriber.name}{stands}")


def _stands(name: str, failing: Mapping[str, Status]) -> str:
    return f" ({failing[name].words})" if name in failing else ""


def _segment(saga: Saga, segment: Segment, state: RunState | None, at: float, order: Mapping[str, int]) -> Line:
    earlier = sorted(saga.graph.segment_before[segment.name])
    after = f", after {' and '.join(earlier)}" if earlier else ""
    team = f", team {clean(segment.team)}" if segment.team else ""
    savepoint = ", save-point" if segment.savepoint else ""
    steps = tuple(
        _step(saga, step, _standing(state, step, at), tuple(_details(saga, step, segment, order.get(step.name))))
        for step in segment.steps
    )
    title = clean(segment.title) or humanize(segment.name)
    return Line(f"Segment {title}: {segment.style.value}{team}{savepoint}{after}", steps)


def _step(saga: Saga, step: Step, standing: str, details: tuple[str, ...]) -> Line:
    pivot = ", the point of no return" if step.name == saga.graph.pivot else ""
    text = f"{step_title(step)} ({clean(step.does.words)}){pivot}{standing}"
    return Line(text, tuple(Line(detail) for detail in details), step.name)


def _standing(state: RunState | None, step: Step, at: float) -> str:
    return f" [{status_of(state, state.steps[step.name], at).words}]" if state is not None else ""


def _details(saga: Saga, step: Step, segment: Segment, turn: int | None) -> Iterator[str]:
    graph = saga.graph
    if segment.style is Style.CHOREOGRAPHED:
        yield f"reacts to {' and '.join(graph.reacts_to[step.name])}; publishes {step.done_event}"
    elif graph.before[step.name]:
        earlier = [name for name in graph.order if name in graph.before[step.name]]
        yield f"commanded after {' and '.join(step_title(saga.steps[name]) for name in earlier)}"
    else:
        yield "commanded first"
    if step.condition is not None:
        yield f"only if {clean(condition_text(step.condition))}"
    if step.timeout is not None:
        yield f"at most {duration(step.timeout)} for one attempt"
    for code, event in step.fails_as.items():
        yield f"refusal {clean(code)} publishes {event}"
    yield from _undo(saga, step, turn)


def _undo(saga: Saga, step: Step, turn: int | None) -> Iterator[str]:
    undo = step.undo
    if saga.graph.past_pivot(step.name):
        yield "past the point of no return: never undone"
    elif undo is None:
        yield "no compensation is declared"
    elif undo.kind is Undo.IRREVERSIBLE:
        yield f"cannot be undone: {clean(undo.reason)}"
    elif has_undo(saga, step):
        word = "offset by" if undo.kind is Undo.SEMANTIC else "undone by"
        yield f"{word} {clean(undo.does.words if undo.does else '')}, turn {turn} of a rollback"
    else:
        yield f"nothing to undo: {clean(undo.reason)}"
