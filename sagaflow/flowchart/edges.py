"""Definition → edges. Commands lead into steps of orchestrated segments, events into steps of choreographed ones."""

from collections.abc import Collection, Iterator

from sagaflow.core.definition.saga import Saga, Segment, Step, Style
from sagaflow.core.definition.subscriber import Subscriber

__all__ = ["Arrow", "arrows"]

Arrow = tuple[str, str, str, str, Style]
"""Kind, source element, target element, label, style."""


def arrows(
    saga: Saga, ids: Collection[str], subscribers: Collection[tuple[Subscriber, tuple[str, ...]]] = ()
) -> Iterator[Arrow]:
    """Every edge between the elements in ``ids``; ``subscribers``: each with the events that it gets."""
    for segment in saga.segments:
        for step in segment.steps:
            yield from _into(saga, segment, step)
            if segment.savepoint and step.name in saga.graph.entries[segment.name]:
                yield "savepoint", f"savepoint/{segment.name}", f"step/{step.name}", "", segment.style
    for name in saga.graph.order:
        if not saga.graph.next[name]:
            style = saga.graph.segment_of[name].style
            label = saga.steps[name].done_event if style is Style.CHOREOGRAPHED else ""
            yield "end", f"step/{name}", "end", label, style
    yield from _way_back(saga, ids)
    for name, events in [*((each.name, each.on) for each in saga.observers), *((s.name, on) for s, on in subscribers)]:
        for event in events:
            yield "observer", _publisher(saga, event, ids), f"observer/{name}", event, Style.CHOREOGRAPHED


def _into(saga: Saga, segment: Segment, step: Step) -> Iterator[Arrow]:
    """Yield the arrows that make a step start."""
    graph, here = saga.graph, f"step/{step.name}"
    choreographed = segment.style is Style.CHOREOGRAPHED
    kind = "event" if choreographed else "command"
    before = graph.before[step.name]
    for name in (name for name in graph.order if name in before):
        event = saga.steps[name].done_event
        implied = any(name in graph.ancestors[other] for other in before)
        if choreographed or not implied:
            label = event if choreographed and event in graph.reacts_to[step.name] else ""
            yield kind, f"step/{name}", here, label, segment.style
    if not before:
        started = segment.started_event
        label = started if choreographed and started in graph.reacts_to[step.name] else ""
        yield kind, "start", here, label, segment.style
    for event in graph.awaits[step.name]:
        yield "event", f"event/{event}", here, event, Style.CHOREOGRAPHED


def _way_back(saga: Saga, ids: Collection[str]) -> Iterator[Arrow]:
    """From each step to its compensation, and from that to those of the nearest steps before it that have one."""
    for name in saga.steps:
        for kind in ("undo", "stop"):
            if f"{kind}/{name}" in ids:
                yield "undo", f"step/{name}", f"{kind}/{name}", "", saga.graph.segment_of[name].style
    nearest: dict[str, set[str]] = {}
    for name in saga.graph.order:
        found: set[str] = set()
        for earlier in saga.graph.before[name]:
            found |= {earlier} if f"undo/{earlier}" in ids else nearest[earlier]
        nearest[name] = {one for one in found if not any(one in saga.graph.ancestors[other] for other in found)}
        if f"undo/{name}" in ids:
            for earlier in sorted(nearest[name], key=saga.graph.order.index):
                yield "back", f"undo/{name}", f"undo/{earlier}", "", saga.graph.segment_of[earlier].style


def _publisher(saga: Saga, event: str, ids: Collection[str]) -> str:
    """The element whose outcome publishes ``event``."""
    if event in saga.graph.emitters:
        return f"step/{saga.graph.emitters[event]}"
    for step in saga.steps.values():
        if event == step.undone_event and f"undo/{step.name}" in ids:
            return f"undo/{step.name}"
        if event in {step.undone_event, step.failed_event(""), *step.fails_as.values()}:
            return f"step/{step.name}"
    return "end" if event.startswith("Saga") else "start"
