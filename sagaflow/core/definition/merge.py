"""Two versions of a saga as one: the newer one, in which everything that was removed still stands where it stood.

It is for a drawing of the difference, never to be run. Every order is written out: an order that is left out would mean
something else next to a step that is not there any more.
"""

from collections.abc import Collection, Iterable
from dataclasses import fields, replace
from itertools import pairwise

from sagaflow.core.definition.graph import Names, comes_after, links
from sagaflow.core.definition.parts import Segment, Step
from sagaflow.core.definition.saga import Saga
from sagaflow.core.definition.sketch import Sketch

__all__ = ["merged"]

NOTHING: Names = frozenset()


def merged(old: Saga, new: Saga) -> Sketch:
    """Return ``new`` with the segments and steps of ``old`` that it does not have, each behind what it came after."""
    before = _before(old, new)
    was, now = ({segment.name: segment for segment in saga.segments} for saga in (old, new))
    after = _orders(old.segments) | _orders(new.segments)
    segments = list[Segment]()
    for name in _woven(list(now), list(was)):
        segment = now.get(name) or was[name]
        here = [step.name for step in now[name].steps] if name in now else []
        gone = [step.name for step in was[name].steps] if name in was else []
        names = _woven(here, gone, leave_out=new.steps.keys() - set(here))
        steps = [new.steps.get(step) or old.steps[step] for step in names]
        events = {step.done_event for step in steps}
        steps = [_placed(step, [one for one in names if one in before[step.name]], events) for step in steps]
        if steps:
            segments.append(replace(segment, steps=tuple(steps), after=after[name]))
    drawn = {segment.name for segment in segments}
    segments = [replace(each, after=tuple(one for one in each.after or () if one in drawn)) for each in segments]
    values = {one.name: getattr(new, one.name) for one in fields(Sketch)}
    return Sketch(**values | {"segments": tuple(segments)})


def _before(old: Saga, new: Saga) -> dict[str, Names]:
    """Return what each step of either version comes after: in the newer one, and after removed steps in the older."""
    earlier, found = links(old.segments), dict(links(new.segments))
    removed = earlier.keys() - found.keys()
    found |= {name: earlier[name] for name in removed}
    for name in new.steps:
        for gone in sorted(earlier.get(name, NOTHING) & removed):
            if not comes_after(found, gone, name):
                found[name] |= {gone}
    return found


def _orders(segments: Iterable[Segment]) -> dict[str, tuple[str, ...]]:
    """Return the segments that each one comes after."""
    listed = tuple(segments)
    follows = {later.name: (earlier.name,) for earlier, later in pairwise(listed)}
    return {one.name: follows.get(one.name, ()) if one.after is None else one.after for one in listed}


def _woven(now: list[str], was: list[str], *, leave_out: Collection[str] = ()) -> list[str]:
    """Return ``now`` with each name of ``was`` that it does not have behind the one that it stood behind."""
    names = list(now)
    last = 0
    for name in was:
        if name in names:
            last = names.index(name) + 1
        elif name not in leave_out:
            names.insert(last, name)
            last += 1
    return names


def _placed(step: Step, after: list[str], events: set[str]) -> Step:
    """Return a step with its order written out, unless it reacts to an event that is not one of its segment."""
    return replace(step, after=tuple(after), on=None) if events.issuperset(step.on or ()) else step
