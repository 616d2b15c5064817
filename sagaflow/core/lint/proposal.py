"""Apply a proposal of the linter to a definition: return the edited definition."""

from collections.abc import Iterable
from dataclasses import replace
from typing import assert_never

from sagaflow.core.definition.saga import Saga, Segment, Step
from sagaflow.core.lint.finding import Limit, Move, Proposal, Restyle, StateInput

__all__ = ["apply", "moved"]


def apply(saga: Saga, proposal: Proposal) -> Saga:
    """Return ``saga`` with the proposal applied; every other step still comes after the same steps.

    Raises:
        KeyError: the saga does not have the step or segment.
        InvalidDefinition: the saga has changed since the proposal was made, so that the edit breaks a rule now.
    """
    match proposal:
        case Move():
            return replace(saga, segments=moved(saga, proposal))
        case Restyle(segment=name, style=style):
            segments = [replace(old, style=style) if old.name == name else old for old in saga.segments]
            return replace(saga, segments=tuple(segments))
        case StateInput(schema=schema):
            return replace(saga, input_schema=schema)
        case Limit(step=name, seconds=seconds):
            segments = [
                replace(
                    segment,
                    steps=tuple(
                        replace(step, timeout=seconds) if step.name == name else step for step in segment.steps
                    ),
                )
                for segment in saga.segments
            ]
            return replace(saga, segments=tuple(segments))
        case _:
            assert_never(proposal)


def moved(saga: Saga, move: Move) -> tuple[Segment, ...]:
    """Return the segments after a move, unchecked."""
    step, source = saga.steps[move.step], saga.graph.segment_of[move.step]
    segments = _without(saga, move.step)
    target = next((segment for segment in segments if segment.name == move.segment), None)
    if target is None:
        homes = {saga.graph.segment_of[name].name for name in move.after}
        alone = replace(step, after=(), on=_outside_events(saga, step, ()))
        new = Segment(
            name=move.segment, style=source.style, team=source.team, steps=(alone,), after=_ordered(saga, homes)
        )
        return (*segments, new)
    last = replace(step, after=move.after, on=_outside_events(saga, step, move.after))
    grown = replace(target, steps=(*target.steps, last))
    return tuple(grown if segment is target else segment for segment in segments)


def _outside_events(saga: Saga, step: Step, after: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the new value of an explicit ``on``: the events from outside, and of the steps that it comes after now."""
    awaited = saga.graph.awaits[step.name]
    return (*awaited, *(saga.steps[name].done_event for name in after)) if awaited else None


def _without(saga: Saga, name: str) -> list[Segment]:
    """Return the segments without a step. An empty segment is removed, and its followers follow its predecessors."""
    source = saga.graph.segment_of[name]
    if len(source.steps) > 1:
        shorter = replace(source, steps=_closed_gap(saga, source, name))
        return [shorter if segment is source else segment for segment in saga.segments]
    before = saga.graph.segment_before
    return [
        replace(segment, after=_ordered(saga, (before[segment.name] - {source.name}) | before[source.name]))
        if source.name in before[segment.name]
        else segment
        for segment in saga.segments
        if segment is not source
    ]


def _closed_gap(saga: Saga, source: Segment, name: str) -> tuple[Step, ...]:
    """Return the steps without one. The step that followed it by default now follows its predecessors."""
    inside = [step.name for step in source.steps]
    at = inside.index(name)
    earlier = tuple(other for other in inside if other in saga.graph.before[name])
    steps = [step for step in source.steps if step.name != name]
    if at < len(steps) and steps[at].after is None and steps[at].on is None:
        by_default = (inside[at - 1],) if at > 0 else ()
        steps[at] = replace(steps[at], after=None if earlier == by_default else earlier)
    return tuple(steps)


def _ordered(saga: Saga, names: Iterable[str]) -> tuple[str, ...]:
    wanted = set(names)
    return tuple(segment.name for segment in saga.segments if segment.name in wanted)
