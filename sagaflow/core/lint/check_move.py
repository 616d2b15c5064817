"""A move tried out: is the edit valid, and does it leave every other order as it was?

A saga built anew would tell, but checking and resolving all of it for every step that could move takes seconds where
hundreds can. So only what the edit changes is looked at, and compared with what the saga has resolved already: one
pass over the steps and links for each move. The limits of ``problems`` bound both.
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
    """Whether ``apply`` gives a valid saga in which only the moved step comes after more than it did before."""
    segments = moved(saga, move)
    before = links(segments)
    if sum(map(len, before.values())) > MAX_EDGES or _loses_a_name(saga, move, segments):
        return False
    own = _reached(saga, before, move.step)
    if not (saga.graph.ancestors[move.step] | set(move.after)) <= own:
        return False
    return _same_order(saga, before, move.step, own) and _still_reads(saga, before, move.step)


def _loses_a_name(saga: Saga, move: Move, segments: tuple[Segment, ...]) -> bool:
    """Whether something refers to what is no longer there: the step in its segment, or the segment."""
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
    """What a step comes after by its new links, if all others come after what they came after."""
    ancestors = saga.graph.ancestors
    return before[name].union(*(ancestors[other] for other in before[name])) - {name}


def _same_order(saga: Saga, before: Mapping[str, Names], step: str, own: Names) -> bool:
    """Whether each other step comes after the same others. It holds for all if it holds for those with new links."""
    old = saga.graph
    for name in saga.steps.keys() - {step}:
        if before[name] != old.before[name] or step in before[name]:
            reached = _reached(saga, before, name) | (own if step in before[name] else frozenset())
            if reached - {step} != old.ancestors[name] - {step}:
                return False
    return True


def _still_reads(saga: Saga, before: Mapping[str, Names], step: str) -> bool:
    """Whether each condition that reads the output of the moved step is still judged after it."""
    readers = [
        name for name, other in saga.steps.items() if other.condition is not None and step in other.condition.steps()
    ]
    if not readers:
        return True
    followers = {name for name, earlier in before.items() if step in earlier}
    return all(followers & (saga.graph.ancestors[name] | {name}) for name in readers)
