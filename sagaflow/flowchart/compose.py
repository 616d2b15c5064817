"""Definition → picture: the nodes and frames, with the words in them; the edges come from ``edges``."""

from collections.abc import Collection, Iterator
from dataclasses import replace

from sagaflow.core.definition.saga import Observer, Recovery, Saga, Segment, Step, Undo
from sagaflow.core.definition.subscriber import Subscriber, listening
from sagaflow.core.run.state import Direction
from sagaflow.flowchart.edges import arrows
from sagaflow.flowchart.picture import Edge, Group, Node, Picture
from sagaflow.flowchart.words import clean, condition_text, humanize

__all__ = ["compose", "has_undo", "step_title", "subscriber_title", "undo_order", "undo_title", "work_title"]

Listening = tuple[Subscriber, tuple[str, ...]]
"""A subscriber, with the events that it gets from the version that is drawn."""
LINE = 44
"""The most characters of one line in a node."""


def compose(saga: Saga, subscribers: Collection[Subscriber] = ()) -> Picture:
    """The whole picture of ``saga``, nothing folded or hidden.

    ``subscribers``: those of other apps. They do not belong to the definition and come last: no other element
    has another id because of them.
    """
    listeners = tuple(listening(saga, subscribers))
    nodes = tuple(_numbered_nodes(saga, listeners))
    ids = {node.element: node.id for node in nodes}
    edges = []
    for number, (kind, source, target, label, style) in enumerate(arrows(saga, ids, listeners), 1):
        element = f"edge/{kind}/{source}>{target}" + (f"/{label}" if kind == "observer" else "")
        edges.append(
            Edge(
                id=f"e{number}",
                element=element,
                kind=kind,
                source=ids[source],
                target=ids[target],
                label=clean(label, longest=36),
                style=style,
            )
        )
    groups = tuple(_group(segment, number) for number, segment in enumerate(saga.segments, 1))
    return Picture(clean(saga.title or humanize(saga.name), longest=120), nodes, tuple(edges), groups)


def step_title(step: Step) -> str:
    """The title of a step as people read it."""
    return clean(step.title, longest=LINE - 8) or humanize(step.name)


def subscriber_title(subscriber: Subscriber) -> str:
    """The title of a subscriber as people read it: ``Add reader`` for ``newsletter.add_reader``."""
    return clean(humanize(subscriber.name.partition(".")[2]), longest=LINE - 8)


def undo_title(step: Step) -> str:
    """The title of the compensation of a step: ``Refund payment``; empty: there is nothing to carry out."""
    work = step.work(Direction.UNDO)
    title = f"Roll back {step_title(step)}" if work.rolls_child_back else humanize(work.verb or work.words)
    return clean(title, longest=LINE - 8)


def work_title(step: Step, direction: Direction) -> str:
    """Return the title of one direction of a step: ``Take payment``, ``Refund payment (undo of Take payment)``."""
    if direction is Direction.DO:
        return step_title(step)
    undo = undo_title(step)
    return f"{undo} (undo of {step_title(step)})" if undo else f"Undo of {step_title(step)}"


def has_undo(saga: Saga, step: Step) -> bool:
    """Say whether a compensation of the step can run: it is declared, and the step does not come after the pivot."""
    return step.undo is not None and step.undo.does is not None and not saga.graph.past_pivot(step.name)


def undo_order(saga: Saga) -> dict[str, int]:
    """By step with a compensation: its turn in a rollback of everything, from 1; equal turns run side by side."""
    order: dict[str, int] = {}
    for name in reversed(saga.graph.order):
        if has_undo(saga, saga.steps[name]):
            order[name] = 1 + max((order.get(later, 0) for later in saga.graph.descendants[name]), default=0)
    return order


def _numbered_nodes(saga: Saga, listeners: Collection[Listening]) -> Iterator[Node]:
    for number, node in enumerate((*_nodes(saga), *(_subscriber(*listener) for listener in listeners)), 1):
        yield replace(node, id=f"n{number}")


def _nodes(saga: Saga) -> Iterator[Node]:
    order = undo_order(saga)
    yield Node(id="", element="start", kind="start", label="Start")
    for segment in saga.segments:
        if segment.savepoint:
            yield _savepoint(segment)
        for step in segment.steps:
            yield _step(saga, segment, step)
            if step.name in order:
                yield _undo(segment, step, order[step.name])
            elif step.undo is not None and step.undo.kind is Undo.IRREVERSIBLE:
                yield _stop(segment, step)
    for event in sorted({event for events in saga.graph.awaits.values() for event in events}):
        label = f"Event {event} from outside"
        yield Node(
            id="",
            element=f"event/{event}",
            kind="event",
            title=clean(event, longest=LINE),
            sub="from outside",
            label=label,
        )
    for observer in saga.observers:
        yield _observer(observer)
    yield Node(id="", element="end", kind="end", label="End")


def _step(saga: Saga, segment: Segment, step: Step) -> Node:
    notes, traits = [], [segment.style.value]
    if step.condition is not None:
        notes.append(clean(f"if {condition_text(step.condition)}", longest=LINE))
        traits.append("conditional")
    if step.pivot:
        notes.append("⚑ point of no return")
        traits.append("pivot")
    if step.undo is not None and step.undo.kind is Undo.IRREVERSIBLE:
        traits.append("irreversible")
    if saga.graph.past_pivot(step.name):
        traits.append("retriable")
    title, sub = step_title(step), clean(step.does.words, longest=LINE)
    label = ", ".join(filter(None, [f"Step {title}", sub, segment.style.value, *notes]))
    return Node(
        id="",
        element=f"step/{step.name}",
        kind=step.does.node,
        title=title,
        sub=sub,
        notes=tuple(notes),
        label=label,
        traits=tuple(traits),
        group=segment.name,
        step=step.name,
    )


def _undo(segment: Segment, step: Step, turn: int) -> Node:
    assert step.undo is not None
    semantic, title = step.undo.kind is Undo.SEMANTIC, undo_title(step)
    word = "offsets" if semantic else "undoes"
    return Node(
        id="",
        element=f"undo/{step.name}",
        kind="semantic" if semantic else "undo",
        title=title,
        sub=f"{'≈' if semantic else '↶'} {turn} · {clean(step.undo_service or 'any worker', longest=24)}",
        label=f"Compensation {title}: {word} {step_title(step)}, turn {turn} of a rollback",
        traits=(segment.style.value,),
        group=segment.name,
        step=step.name,
    )


def _stop(segment: Segment, step: Step) -> Node:
    reason = clean(step.undo.reason if step.undo else "", longest=200)
    label = f"{step_title(step)} cannot be undone: {reason}"
    return Node(
        id="",
        element=f"stop/{step.name}",
        kind="stop",
        title="⊘ irreversible",
        label=label,
        group=segment.name,
        step=step.name,
    )


def _savepoint(segment: Segment) -> Node:
    label = f"Save-point of segment {clean(segment.title) or humanize(segment.name)}"
    return Node(
        id="",
        element=f"savepoint/{segment.name}",
        kind="savepoint",
        title="save-point",
        label=label,
        group=segment.name,
    )


def _observer(observer: Observer) -> Node:
    events = ", ".join(observer.on)
    return Node(
        id="",
        element=f"observer/{observer.name}",
        kind="observer",
        title=humanize(observer.name),
        sub=clean(observer.action, longest=LINE),
        label=f"Observer {humanize(observer.name)} of {events}; its outcome never affects the run",
    )


def _subscriber(subscriber: Subscriber, events: tuple[str, ...]) -> Node:
    title, team = subscriber_title(subscriber), clean(subscriber.team)
    return Node(
        id="",
        element=f"observer/{subscriber.name}",
        kind="observer",
        title=title,
        sub=clean(f"{f'team {team} · ' if team else ''}{subscriber.name}", longest=LINE + 20),
        label=f"Subscriber {title} of {', '.join(events)}{f', team {team}' if team else ''}; "
        "its outcome never affects the run",
        traits=("subscriber",),
    )


def _group(segment: Segment, number: int) -> Group:
    words = [segment.style.value, segment.team and f"team {segment.team}", segment.savepoint and "save-point"]
    words.append("forward recovery" if segment.recovery is Recovery.FORWARD else "")
    return Group(
        id=f"g{number}",
        element=f"segment/{segment.name}",
        segment=segment.name,
        title=clean(segment.title, longest=LINE) or humanize(segment.name),
        sub=clean(" · ".join(word for word in words if word), longest=72),
        style=segment.style,
        steps=tuple(step.name for step in segment.steps),
    )
