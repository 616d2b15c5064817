"""The titles of segments. Graphviz draws edges through the label of a frame, so a title goes where no edge is.

It goes as far to the left as it fits. Where it fits nowhere, the drawing is laid out once more with a wider frame;
where that does not help either, it is cut.
"""

from collections.abc import Iterable, Mapping, Sequence
from xml.etree.ElementTree import Element

from sagaflow.flowchart.geometry import Box, Point, box_of, gaps, points_of
from sagaflow.flowchart.lines import Line, room, title_lines
from sagaflow.flowchart.measure import fitted
from sagaflow.flowchart.picture import Picture

__all__ = ["crowded", "placed"]

INDENT, BASELINE = 12.0, 19.0
"""Points from the corner of a frame to its title, and to the foot of the first line."""


def placed(lines: Sequence[Line], frame: Box, curves: Iterable[Sequence[Point]]) -> list[tuple[Line, Point]]:
    """Each line of a title with its place: the left end of its foot."""
    free = gaps(_band(lines, frame), curves)
    left = next((left for left, right in free if right - left >= room(lines)), None)
    if left is None:
        left, right = max(free, key=lambda gap: gap[1] - gap[0], default=(frame.left, frame.right))
        lines = [Line(line.kind, fitted(line.text, line.size * 1.06, right - left)) for line in lines]
    tops = [frame.top + BASELINE + sum(line.height for line in lines[:number]) for number in range(len(lines))]
    return [(line, (left, top)) for line, top in zip(lines, tops, strict=True)]


def crowded(root: Element, picture: Picture) -> Mapping[str, float]:
    """By id of each segment whose title fits nowhere in this drawing: a width of its frame at which it may."""
    parts = {part.get("id", ""): part for part in root.iter("g")}
    curves = [
        points_of(path.get("d", ""))
        for edge in picture.edges
        if edge.id in parts
        for path in parts[edge.id].iter("path")
    ]
    widths = {}
    for group in picture.groups:
        shape = next((one for one in parts.get(group.id, ()) if one.tag in ("path", "polygon")), None)
        if shape is None:
            continue
        frame, lines = box_of(points_of(shape.get("d", "") + shape.get("points", ""))), title_lines(group)
        free = gaps(_band(lines, frame), curves)
        if not any(right - left >= room(lines) for left, right in free):
            widths[group.id] = frame.right - frame.left + room(lines) + INDENT
    return widths


def _band(lines: Sequence[Line], frame: Box) -> Box:
    """The room of a title from one side of its frame to the other."""
    high = sum(line.height for line in lines)
    top = frame.top + BASELINE - lines[0].size
    return Box(frame.left + INDENT, top, frame.right - INDENT, top + high)
