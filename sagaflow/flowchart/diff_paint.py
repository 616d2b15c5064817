"""Differences between two versions as paint: what came is marked on the new drawing, what went on the old one."""

from collections.abc import Iterable, Mapping

from sagaflow.core.definition.diff import Difference, Kind
from sagaflow.core.definition.saga import Saga
from sagaflow.flowchart.appearance import appearance_of
from sagaflow.flowchart.compose import compose
from sagaflow.flowchart.paint import Painted

__all__ = ["compared"]


def compared(saga: Saga, differences: Iterable[Difference]) -> dict[str, Painted]:
    """By id of the elements of ``saga`` that differ: the class ``sf-diff-<kind>``, a mark and a sentence."""
    kinds = {difference.element: difference.kind for difference in differences}
    picture = compose(saga)
    painted = {}
    for node in picture.nodes:
        kind = kinds.get(node.element) or _with_step(kinds, node.step)
        if kind is not None:
            painted[node.id] = Painted(f"sf-diff-{kind}", appearance_of(kind).glyph, f"{node.label}: {kind}")
    for group in picture.groups:
        kind = kinds.get(group.element)
        if kind is not None:
            painted[group.id] = Painted(f"sf-diff-{kind}", "", f"Segment {group.title}: {kind}")
    gone = {node.id for node in picture.nodes if kinds.get(f"step/{node.step}") is Kind.REMOVED}
    for edge in picture.edges:
        if edge.source in gone or edge.target in gone:
            painted[edge.id] = Painted(f"sf-diff-{Kind.REMOVED}", "", "")
    return painted


def _with_step(kinds: Mapping[str, Kind], step: str) -> Kind | None:
    """Return how a compensation differs that came or went with its step."""
    kind = kinds.get(f"step/{step}")
    return kind if kind in (Kind.ADDED, Kind.REMOVED) else None
