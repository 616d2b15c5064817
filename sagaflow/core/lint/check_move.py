"""The check of a proposed move: the edit must be valid and keep the order of all other steps.

It would be simpler to build the edited saga, but with hundreds of steps to move this takes seconds. So the check
compares only what the edit changes with the graph of the saga: one pass over the steps and links for each move. The
limits of ``problems`` bound both numbers.
"""

from collections.abc import Mapping

from sagaflow.core.definition.graph import links, savepoints
from sagaflow.core.definition.parts import UncheckedSaga
from sagaflow.core.definition.problems import MAX_EDGES, published
from sagaflow.core.definition.saga import Recovery, Saga, Segment
from sagaflow.core.lint.finding import Move
from sagaflow.core.lint.proposal import moved

__all__ = ["keeps_order"]

Names = frozenset[str]


def keeps_order(saga: Saga, move: Move) -> bool:
    """Return true if ``apply`` gives a valid saga in which only the moved step comes after more steps than before."""
    segments = moved(saga, move)
    before = links(segments)
    if sum(map(len, before.values())) > MAX_EDGES or _loses_a_name(saga, move, segments):
        return False
    own = _reached(saga, before, move.step)
    if not (saga.graph.ancestors[move.step] | set(move.after)) <= own:
        return False
    return _same_order(saga, before, move.step, own) and _still_reads(saga, before, move.step)


def _loses_a_name(saga: Saga, move: Move, segments: tuple[Segment, ...]) -> bool:
    """Return true if something refers to a step that left its segment, or to a segment that is gone."""
    source = saga.graph.segment_of[move.step]
    if source.name != move.segment and any(move.step in (other.after or ()) for other in source.steps):
        return True
    if any(segment.name == source.name for segment in segments):
        return False
    started = source.started_event
    heard = any(started in observer.on for observer in saga.observers)
    if heard and started not in published(UncheckedSaga(saga.name, segments)):
        return True
    forward = {segment.name for segment in segments if segment.recovery is Recovery.FORWARD}
    return bool(forward) and not forward <= savepoints(segments).keys()


def _reached(saga: Saga, before: Mapping[str, Names], name: str) -> Names:
    """Return the steps that a step comes after by its new links, if all other steps keep their order."""
    ancestors = saga.graph.ancestors
    return before[name].union(*(ancestors[other] for other in before[name])) - {name}


def _same_order(saga: Saga, before: Mapping[str, Names], step: str, own: Names) -> bool:
    """Return true if each other step comes after the same steps.

    It is enough to check the steps that lost a link or follow the moved step now: a gap is closed by earlier steps.
    """
    old = saga.graph
    for name in saga.steps.keys() - {step}:
        if old.before[name] - before[name] or step in before[name]:
            reached = _reached(saga, before, name) | (own if step in before[name] else frozenset())
            if reached - {step} != old.ancestors[name] - {step}:
                return False
    return True


def _still_reads(saga: Saga, before: Mapping[str, Names], step: str) -> bool:
    """Return true if each condition that reads the output of the moved step is still evaluated after it."""
    readers = [
        name for name, other in saga.steps.items() if other.condition is not None and step in other.condition.steps()
    ]
    if not readers:
        return True
    followers = {name for name, earlier in before.items() if step in earlier}
    return all(followers & (saga.graph.ancestors[name] | {name}) for name in readers)
