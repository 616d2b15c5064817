"""Shapes and fallback colours, all of them constants.

Pages override the colours by CSS class (flowchart.css); a drawing that stands alone (SVG file, PNG) shows these.
"""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["EDGES", "FONT", "GROUPS", "INK", "MUTED", "NODES", "STATUSES", "Shape", "Status", "shape_of"]

FONT = "Helvetica,Arial,sans-serif"
INK = "#1e293b"
MUTED = "#64748b"
LINE = "#7c8aa0"
COMMAND = "#4f46e5"
EVENT = "#0f766e"
BACK = "#b45309"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How a kind of node looks."""

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


class Status(StrEnum):
    """What a node of a run shows. The value is the CSS class behind ``sf-is-``."""

    EXPECTED = "expected"
    CALLED_OFF = "called-off"
    READY = "ready"
    RUNNING = "running"
    WAITING = "waiting"
    RETRYING = "retrying"
    LATE = "late"
    MISSING = "missing"
    PARKED = "parked"
    MISSING_PARKED = "missing-parked"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"
    IN_DOUBT = "in-doubt"
    COMPENSATING = "compensating"
    UNDO_RETRYING = "undo-retrying"
    STUCK = "stuck"
    COMPENSATED = "compensated"
    SEMANTICALLY_UNDONE = "semantically-undone"
    IRREVERSIBLE = "irreversible"
    UNDONE_BY_HAND = "undone-by-hand"
    UNDO_SKIPPED = "undo-skipped"
    NOTHING_TO_UNDO = "nothing-to-undo"
    CANCELLED = "cancelled"

    @property
    def mark(self) -> str:
        """One glyph: status is never told by colour alone."""
        return STATUSES[self][0]

    @property
    def words(self) -> str:
        """For people who do not see the picture."""
        return STATUSES[self][1]

    @property
    def colours(self) -> tuple[str, str]:
        """Fallback fill and line."""
        return STATUSES[self][2:]


STATUSES: dict[Status, tuple[str, str, str, str]] = {
    Status.EXPECTED: ("", "expected", "#ffffff", "#94a3b8"),
    Status.CALLED_OFF: ("·", "no longer expected", "#f8fafc", "#cbd5e1"),
    Status.READY: ("◔", "ready", "#eff6ff", "#60a5fa"),
    Status.RUNNING: ("▸", "running", "#dbeafe", "#2563eb"),
    Status.WAITING: ("…", "waiting", "#fef9c3", "#ca8a04"),
    Status.RETRYING: ("↻", "retrying", "#ffedd5", "#ea580c"),
    Status.LATE: ("!", "late", "#ffedd5", "#c2410c"),
    Status.MISSING: ("?", "missing", "#fae8ff", "#a21caf"),
    Status.PARKED: ("‖", "parked, needs a person", "#f3e8ff", "#7e22ce"),
    Status.MISSING_PARKED: ("⁇", "missing and parked, needs a person", "#fae8ff", "#7e22ce"),
    Status.DONE: ("✓", "done", "#dcfce7", "#16a34a"),
    Status.SKIPPED: ("»", "skipped", "#f1f5f9", "#94a3b8"),
    Status.FAILED: ("✕", "failed", "#fee2e2", "#dc2626"),
    Status.IN_DOUBT: ("≟", "in doubt: it may have happened", "#fef3c7", "#b45309"),
    Status.COMPENSATING: ("↶", "compensating", "#ffedd5", "#d97706"),
    Status.UNDO_RETRYING: ("↻", "retrying the compensation", "#ffedd5", "#ea580c"),
    Status.STUCK: ("‼", "stuck, needs a person", "#fecdd3", "#be123c"),
    Status.COMPENSATED: ("↩", "compensated", "#e7e5e4", "#78716c"),
    Status.SEMANTICALLY_UNDONE: ("≈", "semantically undone", "#fef9c3", "#a16207"),
    Status.IRREVERSIBLE: ("⊘", "irreversible: not undone", "#ffe4e6", "#b91c1c"),
    Status.UNDONE_BY_HAND: ("✎", "undone by hand", "#e7e5e4", "#57534e"),
    Status.UNDO_SKIPPED: ("»", "undo skipped", "#f1f5f9", "#b45309"),
    Status.NOTHING_TO_UNDO: ("∅", "nothing to undo", "#f1f5f9", "#78716c"),
    Status.CANCELLED: ("✕", "cancelled", "#f1f5f9", "#475569"),
}
"""Mark, words, fallback fill and line."""
