"""Shapes, lines and their fallback colours, all of them constants.

Pages override the colours by CSS class (flowchart.css); a drawing that stands alone (SVG file, PNG) shows these.
"""

from dataclasses import dataclass

__all__ = ["EDGES", "FONT", "GROUPS", "INK", "MUTED", "NODES", "Shape", "shape_of"]

FONT = "Helvetica,Arial,sans-serif"
INK = "#1e293b"
MUTED = "#64748b"
LINE = "#7c8aa0"
COMMAND = "#4f46e5"
EVENT = "#0f766e"
BACK = "#b45309"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The look of a kind of node."""

    shape: str = "box"
    style: str = "filled"
    fill: str = "#ffffff"
    line: str = LINE
    pen: float = 1.2
    extra: float = 0.0
    """Points of width that the shape's slants take from the text."""
    size: tuple[float, float] | None = None
    """Width and height in points where the text does not decide."""


NODES = {
    "start": Shape(shape="circle", fill=INK, line=INK, size=(16, 16)),
    "end": Shape(shape="doublecircle", fill=INK, line=INK, size=(14, 14)),
    "call": Shape(style="rounded,filled"),
    "wait": Shape(shape="parallelogram", extra=44),
    "timer": Shape(shape="hexagon", extra=40),
    "approval": Shape(shape="invtrapezium", extra=56),
    "subsaga": Shape(shape="component", extra=18),
    "undo": Shape(style="rounded,filled,dashed", fill="#fff7ed", line=BACK, pen=1.0),
    "semantic": Shape(shape="note", fill="#fefce8", line="#a16207", pen=1.0),
    "stop": Shape(shape="octagon", fill="#fef2f2", line="#b91c1c", pen=1.0, size=(96, 26)),
    "savepoint": Shape(shape="cylinder", fill="#f1f5f9", line=MUTED, pen=1.0, size=(78, 32)),
    "event": Shape(shape="cds", fill="#f0fdfa", line=EVENT, pen=1.0, extra=26),
    "observer": Shape(shape="tab", fill="#f8fafc", line=MUTED, pen=1.0),
    "folded": Shape(shape="folder", fill="#ffffff"),
}
STYLE_LINES = {"orchestrated": COMMAND, "choreographed": EVENT}
WITH_STYLE = ("call", "wait", "timer", "approval", "subsaga", "folded")

GROUPS = {"orchestrated": ("#f5f6ff", "#c7cbf7"), "choreographed": ("#f0fbf8", "#a9dcd2")}
"""By style of a segment: fill and line of its frame."""

EDGES = {
    "command": (COMMAND, "solid", 1.3),
    "event": (EVENT, "dashed", 1.3),
    "end": (LINE, "solid", 1.1),
    "undo": (BACK, "dotted", 1.0),
    "back": (BACK, "solid", 1.0),
    "observer": (LINE, "dashed", 1.0),
    "savepoint": (LINE, "solid", 1.0),
}
"""By kind of edge: colour, line, width. Choreographed ``end`` and ``back`` edges are dashed."""


def shape_of(kind: str, traits: tuple[str, ...]) -> Shape:
    """The look of a node of ``kind``; steps take the colour of their segment's style, the pivot a heavy line."""
    known = NODES[kind]
    line = next((STYLE_LINES[trait] for trait in traits if trait in STYLE_LINES), known.line)
    pivot = "pivot" in traits
    return Shape(
        shape=known.shape,
        style=f"{known.style},bold" if pivot else known.style,
        fill=known.fill,
        line=line if kind in WITH_STYLE else known.line,
        pen=3.0 if pivot else known.pen,
        extra=known.extra,
        size=known.size,
    )
