"""Carrying out what the linter proposes: a definition in, the edited definition out."""

from collections.abc import Iterable
from dataclasses import replace
from typing import assert_never

from sagaflow.core.definition.saga import Saga, Segment, Step
from sagaflow.core.lint.finding import Move, Proposal, Restyle

__all__ = ["apply", "moved"]


def apply(saga: Saga, proposal: Proposal) -> Saga:
    """``saga`` with the proposal carried out; every other step keeps what it comes after.

    Raises:
        KeyError: the saga has no such step or segment.
        InvalidDefinition: the saga has changed since the proposal was made, so that the edit breaks a rule now.
    """
    match proposal:
        case Move():
            return replace(saga, segments=moved(saga, proposal))
        case Restyle(segment=name, style=style):
            segments = [replace(each, style=style) if each.name == name else each for each in saga.segments]
            return replace(saga, segments=tuple(segments))
        case _:
            assert_never(proposal)


def moved(saga: Saga, move: Move) -> tuple[Segment, ...]:
    """The segments after a move, which nobody has checked."""
    step, source = saga.steps[move.step], saga.graph.segment_of[move.step]
    segments = _without(saga, move.step)
    target = next((each for each in segments if each.name == move.segment), None)
    if target is None:
        homes = {saga.graph.segment_of[name].name for name in move.after}
        alone = replace(step, after=(), on=_outside_events(saga, step, ()))
        new = Segment(
            name=move.segment, style=source.style, team=source.team, steps=(alone,), after=_ordered(saga, homes)
        )
        return (*segments, new)
    last = replace(step, after=move.after, on=_outside_events(saga, step, move.after))
    grown = replace(target, steps=(*target.steps, last))
    return tuple(grown if each is target else each for each in segments)


def _outside_events(saga: Saga, step: Step, after: tuple[str, ...]) -> tuple[str, ...] | None:
    """What is left of an explicit ``on``: the events from outside, and those of the steps that it comes after now."""
    awaited = saga.graph.awaits[step.name]
    return (*awaited, *(saga.steps[name].done_event for name in after)) if awaited else None


def _without(saga: Saga, name: str) -> list[Segment]:
    """The segments without a step; one that would be empty goes, and those after it follow those before it."""
    source = saga.graph.segment_of[name]
    if len(source.steps) > 1:
        shorter = replace(source, steps=_closed_gap(saga, source, name))
        return [shorter if each is source else each for each in saga.segments]
    before = saga.graph.segment_before
    return [
        replace(each, after=_ordered(saga, (before[each.name] - {source.name}) | before[source.name]))
        if source.name in before[each.name] or previous is source
        else each
        for previous, each in zip((None, *saga.segments), saga.segments, strict=False)
        if each is not source
    ]


def _closed_gap(saga: Saga, source: Segment, name: str) -> tuple[Step, ...]:
    """The steps without one; the step that followed it by default now follows what it came after."""
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
    return tuple(each.name for each in saga.segments if each.name in wanted)
