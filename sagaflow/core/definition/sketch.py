"""A definition that is being written: what can be read of a document, to be drawn and never to be run."""

from dataclasses import dataclass, replace

from sagaflow.core.definition.document_schema import rules
from sagaflow.core.definition.parts import Segment, Step, UncheckedSaga
from sagaflow.core.definition.reader import read
from sagaflow.core.definition.saga import Saga
from sagaflow.core.definition.validate import validate
from sagaflow.core.json_value import Json

__all__ = ["EMPTY", "Sketch", "sketch"]

EMPTY = "empty:"
"""The beginning of the name of the step that stands in an empty segment. No real step can have such a name."""


@dataclass(frozen=True)
class Sketch(Saga):
    """A definition that may have faults. It is not for the engine: only what draws and compares takes it."""

    def __post_init__(self) -> None:
        UncheckedSaga.__post_init__(self)


def sketch(document: Json, *, name: str = "saga") -> Sketch:
    """Return what can be read of ``document``. An empty segment gets a step that asks for one.

    ``name``: the name of the saga where the document has none.
    """
    value = validate(rules(), document).value
    data = value if isinstance(value, dict) else {}
    read_saga = read({"name": name} | data, Sketch)
    seen: set[str] = set()
    segments = tuple(_segment(segment, seen) for segment in _unique(read_saga.segments))
    return replace(read_saga, segments=segments)


def _unique(segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
    first: dict[str, Segment] = {}
    for segment in segments:
        first.setdefault(segment.name, segment)
    return tuple(first.values())


def _segment(segment: Segment, seen: set[str]) -> Segment:
    steps = []
    for step in segment.steps:
        if step.name not in seen:
            seen.add(step.name)
            steps.append(step)
    return replace(segment, steps=tuple(steps) or (_placeholder(segment.name),))


def _placeholder(segment: str) -> Step:
    return Step.read({"name": f"{EMPTY}{segment}", "title": "Empty: add a step", "action": ""})
