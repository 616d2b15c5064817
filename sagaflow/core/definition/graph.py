"""The order of the steps of a definition, as one directed graph across all segments."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sagaflow.core.definition.direction import Direction
from sagaflow.core.definition.parts import Recovery, Segment, Step, Style, UncheckedSaga
from sagaflow.core.halting import go_on

__all__ = ["Graph", "comes_after", "links", "savepoints", "topological"]

Names = frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """Every relation between steps that a decision needs. Keys are names of steps, unless the docstring differs."""

    order: tuple[str, ...]
    """The steps in topological order; steps on a cycle are missing (see ``problems``)."""
    rank: Mapping[str, int]
    """The place of each step in ``order``; steps on a cycle come last."""
    before: Mapping[str, Names]
    """The direct predecessors of each step."""
    next: Mapping[str, Names]
    """The direct successors of each step."""
    descendants: Mapping[str, Names]
    """All steps that depend on the step, directly or not."""
    ancestors: Mapping[str, Names]
    segment_of: Mapping[str, Segment]
    segment_before: Mapping[str, Names]
    """The segments that each segment comes directly after."""
    reacts_to: Mapping[str, tuple[str, ...]]
    """The events that start the step in a choreography."""
    awaits: Mapping[str, tuple[str, ...]]
    """The events of ``reacts_to`` that come from outside the saga."""
    hears: Mapping[str, Mapping[Direction, Names]]
    """The events from outside that start each direction of the step, end its wait or make it fail."""
    subscribers: Mapping[str, tuple[str, ...]]
    """The choreographed steps that react to each event."""
    choreographed: Names
    listeners: tuple[str, ...]
    """The steps that wait for an event from outside in one of their directions."""
    emitters: Mapping[str, str]
    """The step whose success publishes each event."""
    entries: Mapping[str, tuple[str, ...]]
    """The steps of each segment that have no predecessor in the segment."""
    pivot: str | None
    savepoint_for: Mapping[str, str]
    """The segment to whose save-point each segment with forward recovery returns."""

    @classmethod
    def of(cls, saga: UncheckedSaga) -> "Graph":
        """Resolve ``saga``. Unknown names are ignored: ``problems`` reports them."""
        return _build(saga)

    def past_pivot(self, step: str) -> bool:
        """Return true if the step depends on the pivot."""
        return self.pivot is not None and step in self.descendants[self.pivot]

    def scope(self, savepoint: str | None) -> Names:
        """Return the steps that a rollback to the save-point of a segment undoes; without a save-point, all steps."""
        if savepoint is None:
            return frozenset(self.before)
        own = frozenset(name for name, segment in self.segment_of.items() if segment.name == savepoint)
        return own.union(*(self.descendants[name] for name in own))


def links(segments: Iterable[Segment]) -> dict[str, Names]:
    """Return the direct predecessors of each step. All other relations follow from them.

    A step that reacts to an event from outside comes after the step that waits for this event, where the saga has
    one: the event ends the wait, and the reaction follows. Where this would close a cycle, the step keeps its place.
    """
    segments = tuple(segments)
    steps = [step for segment in segments for step in segment.steps]
    emitters = {step.done_event: step.name for step in steps}
    before = _links(segments, dict.fromkeys((step.name for step in steps), emitters))
    waits = {step.does.awaits: step.name for step in steps if step.does.awaits and step.does.awaits not in emitters}
    sources = {}
    for step in steps:
        go_on()
        received = {event: waits[event] for event in step.on or () if event in waits}
        reachable = {event: wait for event, wait in received.items() if not comes_after(before, wait, step.name)}
        sources[step.name] = emitters | reachable if reachable else emitters
        before[step.name] |= frozenset(reachable.values())
    return _links(segments, sources)


def _links(segments: tuple[Segment, ...], sources: Mapping[str, Mapping[str, str]]) -> dict[str, Names]:
    """Return the direct predecessors of each step; ``sources[step][event]`` is the step that an event comes from."""
    inner = {name: before for segment in segments for name, before in _before_inside(segment, sources)}
    sinks = {segment.name: _sinks(segment, inner) for segment in segments}
    segment_before = _segments_before(segments)
    return {
        step.name: _before(step, inner[step.name], segment, segment_before, sinks, sources[step.name])
        for segment in segments
        for step in segment.steps
    }


def comes_after(before: Mapping[str, Names], later: str, earlier: str) -> bool:
    """Say whether ``later`` is ``earlier`` or depends on it, through any number of steps."""
    seen, open_ = set[str](), [later]
    while open_:
        name = open_.pop()
        if name == earlier:
            return True
        if name not in seen:
            seen.add(name)
            open_.extend(before[name])
    return False


def savepoints(segments: Iterable[Segment]) -> dict[str, str]:
    """Return the nearest save-point at or before each segment with forward recovery (the latest in the document)."""
    segments = tuple(segments)
    segment_before = _segments_before(segments)
    ancestors = _closure(tuple(segment_before), segment_before)
    resolved = {}
    for segment in segments:
        if segment.recovery is Recovery.FORWARD:
            line = [other.name for other in segments if other.savepoint and other.name in ancestors[segment.name]]
            nearest = segment.name if segment.savepoint else (line[-1] if line else None)
            if nearest:
                resolved[segment.name] = nearest
    return resolved


def _build(saga: UncheckedSaga) -> Graph:
    steps = {step.name: step for segment in saga.segments for step in segment.steps}
    segment_of = {step.name: segment for segment in saga.segments for step in segment.steps}
    emitters = {step.done_event: step.name for step in steps.values()}
    before = links(saga.segments)
    entries = {segment.name: _entries(segment, before) for segment in saga.segments}
    following = _following(before)
    order = topological(before)
    ancestors = _closure(order, before)
    descendants = _closure(tuple(reversed(order)), following)
    place = {name: number for number, name in enumerate(steps)}
    in_order = {name: [steps[other] for other in sorted(before[name], key=place.__getitem__)] for name in steps}
    reacts_to = {name: _reacts_to(steps[name], segment_of[name], in_order[name]) for name in steps}
    started = {segment.started_event for segment in saga.segments}
    awaits = {
        name: tuple(event for event in events if event not in emitters and event not in started)
        for name, events in reacts_to.items()
    }
    choreographed = frozenset(name for name, each in segment_of.items() if each.style is Style.CHOREOGRAPHED)
    return Graph(
        order=order,
        rank={**dict.fromkeys(steps, len(order)), **{name: number for number, name in enumerate(order)}},
        before=before,
        next={name: frozenset(later) for name, later in following.items()},
        descendants={name: descendants.get(name, frozenset()) for name in steps},
        ancestors={name: ancestors.get(name, frozenset()) for name in steps},
        segment_of=segment_of,
        segment_before=_segments_before(saga.segments),
        reacts_to=reacts_to,
        awaits=awaits,
        subscribers=_subscribers(reacts_to, choreographed),
        choreographed=choreographed,
        listeners=tuple(name for name in order if any(steps[name].work(way).awaits for way in Direction)),
        hears={name: _hears(step, awaits[name]) for name, step in steps.items()},
        emitters=emitters,
        entries=entries,
        pivot=next((step.name for step in steps.values() if step.pivot), None),
        savepoint_for=savepoints(saga.segments),
    )


def _segments_before(segments: tuple[Segment, ...]) -> dict[str, Names]:
    known = {segment.name for segment in segments}
    resolved = {}
    previous: tuple[str, ...] = ()
    for segment in segments:
        resolved[segment.name] = frozenset(previous if segment.after is None else segment.after) & known
        previous = (segment.name,)
    return resolved


def _before_inside(segment: Segment, sources: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, Names]]:
    """Yield each step of a segment with its predecessors in the segment."""
    names = _names(segment)
    previous: tuple[str, ...] = ()
    for step in segment.steps:
        earlier = set(step.after or ())
        if step.on is not None:
            earlier |= {sources[step.name][event] for event in step.on if event in sources[step.name]}
        elif step.after is None:
            earlier.update(previous)
        yield step.name, names.intersection(earlier)
        previous = (step.name,)


def _names(segment: Segment) -> Names:
    return frozenset(step.name for step in segment.steps)


def _sinks(segment: Segment, inner: Mapping[str, Names]) -> Names:
    names = _names(segment)
    return names.difference(*(inner[name] for name in names)) if names else names


def _before(  # noqa: PLR0917  (six parts of one structure under construction)
    step: Step,
    inside: Names,
    segment: Segment,
    segment_before: Mapping[str, Names],
    sinks: Mapping[str, Names],
    sources: Mapping[str, str],
) -> Names:
    across = frozenset(sources[event] for event in step.on or () if event in sources)
    if inside:
        return inside | across
    return across.union(*(sinks[name] for name in segment_before[segment.name]))


def _reacts_to(step: Step, segment: Segment, before: list[Step]) -> tuple[str, ...]:
    if step.on is not None:
        return step.on
    if not before:
        return (segment.started_event,)
    return tuple(other.done_event for other in before)


def _subscribers(reacts_to: Mapping[str, tuple[str, ...]], choreographed: Names) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for name, events in reacts_to.items():
        for event in dict.fromkeys(events if name in choreographed else ()):
            found.setdefault(event, []).append(name)
    return {event: tuple(names) for event, names in found.items()}


def _hears(step: Step, awaits: tuple[str, ...]) -> Mapping[Direction, Names]:
    waited = (step.does.awaits, *step.fails_as.values()) if step.does.awaits else ()
    back = step.work(Direction.UNDO).awaits
    return {Direction.DO: frozenset((*awaits, *waited)), Direction.UNDO: frozenset((back,)) - {""}}


def _entries(segment: Segment, before: Mapping[str, Names]) -> tuple[str, ...]:
    own = _names(segment)
    return tuple(step.name for step in segment.steps if before[step.name].isdisjoint(own))


def _following(before: Mapping[str, Names]) -> dict[str, set[str]]:
    following: dict[str, set[str]] = {name: set() for name in before}
    for name, earlier in before.items():
        for other in earlier:
            following[other].add(name)
    return following


def topological(before: Mapping[str, Names]) -> tuple[str, ...]:
    """Return the steps in Kahn's order, stable in the order of the document; steps on or after a cycle are missing."""
    following, place = _following(before), {name: number for number, name in enumerate(before)}
    waiting = {name: len(earlier) for name, earlier in before.items()}
    order: list[str] = []
    ready = [name for name, count in waiting.items() if count == 0]
    while ready:
        order += ready
        released = Counter(later for name in ready for later in following[name])
        for name, count in released.items():
            waiting[name] -= count
        ready = sorted((name for name in released if waiting[name] == 0), key=place.__getitem__)
    return tuple(order)


def _closure(order: Iterable[str], direct: Mapping[str, Iterable[str]]) -> dict[str, Names]:
    """Return all names that are reachable from each name over ``direct``, computed along ``order``."""
    reached: dict[str, Names] = {}
    for name in order:
        go_on()
        own = frozenset(direct[name])
        reached[name] = own.union(*(reached.get(other, frozenset()) for other in own))
    return reached
