"""The lines of text of each part of a drawing, wrapped and measured: the layout makes room for exactly these."""

from collections.abc import Iterable
from dataclasses import dataclass

from sagaflow.flowchart.measure import fitted, width, wrapped
from sagaflow.flowchart.picture import Edge, Group, Node

__all__ = ["LABEL_HEIGHT", "LINE_HEIGHT", "SIZES", "Line", "label_lines", "node_lines", "room", "title_lines"]

SIZES = {"sf-title": 13.0, "sf-sub": 11.0, "sf-note": 11.0, "sf-label": 11.0, "sf-small": 11.0}
"""Points, by CSS class. At 100 % none is smaller than 11 px, the least that a reader at a screen should be given."""
LINE_HEIGHT, LABEL_HEIGHT = 15.0, 13.2
NODE, LABEL, TITLE = 230.0, 150.0, 180.0
"""The widest text of a node, of an edge and of a segment, in points."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text; ``kind`` is its CSS class, which decides its size."""

    kind: str
    text: str

    @property
    def size(self) -> float:
        return SIZES[self.kind]

    @property
    def bold(self) -> bool:
        return self.kind == "sf-title"

    @property
    def height(self) -> float:
        """From this line to the next."""
        return LABEL_HEIGHT if self.kind == "sf-label" else LINE_HEIGHT

    @property
    def width(self) -> float:
        return width(self.text, self.size, bold=self.bold)


def node_lines(node: Node) -> tuple[Line, ...]:
    """The title in up to three lines; the second text in one, because paint may replace it; notes in two each."""
    if node.kind in ("stop", "savepoint"):
        return (Line("sf-small", node.title),)
    found = list(_wrapped("sf-title", node.title, NODE, 3)) if node.title else []
    if node.sub:
        found.append(Line("sf-sub", fitted(node.sub, SIZES["sf-sub"], NODE * 1.25)))
    for note in node.notes:
        found += _wrapped("sf-note", note, NODE, 2)
    return tuple(found)


def label_lines(edge: Edge) -> tuple[Line, ...]:
    """The events of an edge."""
    return _wrapped("sf-label", edge.label, LABEL, 3) if edge.label else ()


def title_lines(group: Group) -> tuple[Line, ...]:
    """The title of a segment, and the words about it."""
    return (*_wrapped("sf-title", group.title, TITLE, 2), *_wrapped("sf-sub", group.sub, TITLE, 2))


def room(lines: Iterable[Line]) -> float:
    """The width of the widest line; 0: there is none."""
    return max((line.width for line in lines), default=0.0)


def _wrapped(kind: str, text: str, most: float, lines: int) -> tuple[Line, ...]:
    rows = wrapped(text, SIZES[kind], most, bold=kind == "sf-title", lines=lines)
    return tuple(Line(kind, row) for row in rows)
