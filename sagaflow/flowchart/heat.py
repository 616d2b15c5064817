"""Counts of many runs on one definition: how many are at each step, and how hot that makes it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sagaflow.core.definition.saga import Saga
from sagaflow.flowchart.compose import compose
from sagaflow.flowchart.paint import Painted
from sagaflow.flowchart.picture import Picture

__all__ = ["Counts", "heat", "with_counts"]

LEVELS = (0.02, 0.1, 0.3, 0.6)
"""The share of the busiest step from which the next of four levels begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """The numbers of runs of a definition at one step."""

    running: int = 0
    waiting: int = 0
    failed: int = 0
    p95: float | None = None
    """Seconds that 95 in 100 attempts take at most."""

    @property
    def load(self) -> int:
        """Return the number of runs that are at the step or failed there."""
        return self.running + self.waiting + self.failed

    @property
    def text(self) -> str:
        """``3 running · 1 failed · p95 1.2 s``."""
        parts = [f"{getattr(self, name)} {name}" for name in ("running", "waiting", "failed") if getattr(self, name)]
        if self.p95 is not None:
            parts.append(f"p95 {self.p95:.3g} s")
        return " · ".join(parts)


def with_counts(picture: Picture, counts: Mapping[str, Counts]) -> Picture:
    """The picture with the counts as a further line of each step."""
    if not counts:
        return picture
    nodes = tuple(
        replace(node, notes=(*node.notes, counts[node.step].text))
        if node.element == f"step/{node.step}" and counts.get(node.step, Counts()).text
        else node
        for node in picture.nodes
    )
    return replace(picture, nodes=nodes)


def heat(saga: Saga, counts: Mapping[str, Counts], undos: Mapping[str, Counts] | None = None) -> dict[str, Painted]:
    """Return for each node id the class ``sf-heat-0`` to ``sf-heat-4`` by load, and the counts as the note.

    ``counts`` are of doing the steps, ``undos`` of undoing them: those stand at the compensations.
    """
    figures = {f"step/{name}": one for name, one in counts.items()}
    figures |= {f"undo/{name}": one for name, one in (undos or {}).items() if one.text}
    busiest = max((one.load for one in figures.values()), default=0) or 1
    painted = {}
    for node in compose(saga).nodes:
        if node.element in figures or node.element == f"step/{node.step}":
            one = figures.get(node.element, Counts())
            level = sum(one.load / busiest >= share for share in LEVELS)
            failed = " sf-has-failed" if one.failed else ""
            mark = str(one.load) if one.load else ""
            painted[node.id] = Painted(
                f"sf-heat-{level}{failed}", mark, f"{node.label}: {one.text or 'idle'}", one.text
            )
    return painted
