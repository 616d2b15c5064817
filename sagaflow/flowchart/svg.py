"""Graphviz's SVG → an SVG that is safe to inline: rebuilt from an allow-list of shapes and attributes.

Nothing of the input is copied but shapes, positions and colours that match their pattern. All text is taken from the
picture; ids and classes have to be generated ones. There is no style, script, link or foreign element.
"""

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass

from sagaflow.flowchart.dot import LABEL_SIZE, NOTE_SIZE, SUB_SIZE, TITLE_SIZE
from sagaflow.flowchart.layout import LayoutFailed
from sagaflow.flowchart.picture import Edge, Group, Node, Picture
from sagaflow.flowchart.shapes import INK, MUTED
from sagaflow.flowchart.words import clean

__all__ = ["UnsafeDrawing", "safe_svg"]

NAMESPACE = "http://www.w3.org/2000/svg"
FONTS = "ui-sans-serif, system-ui, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"
NUMBERS = re.compile(r"[-+0-9.,eE ]*")
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}|[a-z]{1,20}")
SHAPES = {
    "polygon": ("points",),
    "polyline": ("points",),
    "ellipse": ("cx", "cy", "rx", "ry"),
    "path": ("d",),
}
PATTERNS = {
    "d": re.compile(r"[-+0-9.,eE MmLlCcZz]*"),
    "fill": COLOUR,
    "stroke": COLOUR,
    "fill-opacity": NUMBERS,
    "stroke-opacity": NUMBERS,
    "stroke-width": NUMBERS,
    "stroke-dasharray": NUMBERS,
}
PAINT = ("fill", "stroke", "fill-opacity", "stroke-opacity", "stroke-width", "stroke-dasharray")
LABEL_GAP = 4.0
"""Points between an edge and its label."""
CLASSES = re.compile(r"[a-z0-9 -]*")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
TURN = re.compile(r"translate\((-?[0-9.]+)[ ,]+(-?[0-9.]+)\)")


class UnsafeDrawing(LayoutFailed):
    """The drawing is not of the form that Graphviz writes; it is not shown."""


def safe_svg(drawing: bytes, picture: Picture, *, interactive: bool = False, prefix: str = "") -> str:
    """The drawing of ``picture`` as an ``<svg>`` element.

    ``interactive``: steps can be focused and act as buttons, named by their ``<title>``; otherwise the whole is one
    image. ``prefix`` goes before every id, so that one page may hold several drawings.

    Raises:
        UnsafeDrawing: ``drawing`` is not what Graphviz writes.
    """
    root = _parsed(drawing)
    box = [float(number) for number in NUMBER.findall(root.get("viewBox", ""))]
    graph = root.find("g")
    if len(box) != 4 or graph is None:  # noqa: PLR2004  (x, y, width, height)
        raise UnsafeDrawing("The drawing has no size or no content.")
    svg = _frame(picture, box, interactive=interactive, prefix=prefix)
    turned = TURN.search(graph.get("transform", ""))
    dx, dy = turned.groups() if turned else ("0", "0")
    canvas = ET.SubElement(svg, "g", {"class": "sf-canvas", "transform": f"translate({dx} {dy})"})
    parts = _Parts(picture, interactive=interactive, prefix=prefix)
    for kind in ("cluster", "edge", "node"):
        for element in graph:
            if (element.get("class") or "").split(" ")[0] == kind:
                parts.rebuild(canvas, kind, element)
    canvas.extend(parts.on_top)
    return ET.tostring(svg, encoding="unicode", short_empty_elements=True)


def _parsed(drawing: bytes) -> ET.Element:
    if b"<!DOCTYPE" in drawing or b"<!ENTITY" in drawing:
        raise UnsafeDrawing("The drawing declares a document type.")
    try:
        root = ET.fromstring(drawing.decode())  # noqa: S314  (no DOCTYPE, so no entities; written by our own child)
    except (ET.ParseError, UnicodeDecodeError) as error:
        raise UnsafeDrawing("The drawing is not well-formed XML.") from error
    if root.tag != "svg":
        raise UnsafeDrawing("The drawing is not an SVG.")
    return root


def _frame(picture: Picture, box: list[float], *, interactive: bool, prefix: str) -> ET.Element:
    svg = ET.Element(
        "svg",
        {
            "xmlns": NAMESPACE,
            "class": "sf-flowchart",
            "viewBox": " ".join(f"{number:g}" for number in box),
            "width": f"{box[2]:g}",
            "height": f"{box[3]:g}",
            "font-family": FONTS,
            "role": "group" if interactive else "img",
            "aria-labelledby": f"{prefix}sf-title",
            "aria-describedby": f"{prefix}sf-desc",
        },
    )
    ET.SubElement(svg, "title", {"id": f"{prefix}sf-title"}).text = f"Flowchart of {picture.title}"
    segments = "; ".join(f"{group.title} ({group.sub})" for group in picture.groups)
    steps = sum(node.step != "" and node.element.startswith("step/") for node in picture.nodes)
    desc = f"{steps} steps. Segments: {segments or 'folded'}. A text outline says the same."
    ET.SubElement(svg, "desc", {"id": f"{prefix}sf-desc"}).text = clean(desc, longest=1500)
    return svg


@dataclass(frozen=True)
class _Box:
    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2


class _Parts:
    """Rebuilds nodes, edges and groups whose ids the picture knows; everything else is dropped."""

    def __init__(self, picture: Picture, *, interactive: bool, prefix: str) -> None:
        self.interactive = interactive
        self.prefix = prefix
        self.on_top: list[ET.Element] = []
        """The names of segments: edges must not cross them out."""
        parts: tuple[Node | Edge | Group, ...] = (*picture.nodes, *picture.edges, *picture.groups)
        self.known = {part.id: part for part in parts}

    def rebuild(self, canvas: ET.Element, kind: str, element: ET.Element) -> None:
        part = self.known.get(element.get("id", ""))
        if part is None:
            return
        classes = " ".join((element.get("class") or "").split(" ")[1:])
        attributes = {"id": self.prefix + part.id, "class": classes if CLASSES.fullmatch(classes) else f"sf-{kind}"}
        group = ET.SubElement(canvas, "g", attributes)
        match part:
            case Node():
                self._node(group, part, element)
            case Edge():
                self._edge(group, part, element)
            case Group():
                self._group(group, part, element)

    def _node(self, group: ET.Element, node: Node, element: ET.Element) -> None:
        group.set("data-element", node.element)
        if node.step:
            group.set("data-step", node.step)
        if node.group:
            group.set("data-in", node.group)
        if node.kind == "folded":
            group.set("data-segment", node.element.partition("/")[2])
        if self.interactive and (node.step or node.kind in ("folded", "observer")):
            group.attrib |= {"tabindex": "0", "role": "button"}
        ET.SubElement(group, "title").text = node.label
        box = _copy_shapes(group, element)
        words = ET.SubElement(
            group, "g", {"class": "sf-words", "aria-hidden": "true"}
        )  # the title, which names the node, says it all
        if node.title:
            _node_text(words, node, box)
        if node.kind not in ("start", "savepoint", "stop"):
            badge = ET.SubElement(words, "g", {"class": "sf-badge"})
            x, y = box.middle if node.kind == "end" else (box.left + 4, box.top + 4)
            ET.SubElement(badge, "circle", {"cx": f"{x:.1f}", "cy": f"{y:.1f}", "r": "9", "fill": "none"})
            where = {
                "x": f"{x:.1f}",
                "y": f"{y + 4:.1f}",
                "text-anchor": "middle",
                "font-size": "11",
                "font-weight": "700",
            }
            ET.SubElement(badge, "text", {"class": "sf-mark", **where})

    def _edge(self, group: ET.Element, edge: Edge, element: ET.Element) -> None:
        group.attrib |= {
            "data-element": edge.element,
            "data-source": self.prefix + edge.source,
            "data-target": self.prefix + edge.target,
        }
        _copy_shapes(group, element)
        texts = element.findall("text")
        if edge.label and texts:
            x, y = (texts[0].get(name, "") for name in ("x", "y"))
            if NUMBER.fullmatch(x) and NUMBER.fullmatch(y):
                _text(group, "sf-label", edge.label, (float(x) + LABEL_GAP, float(y)), anchor="start")

    def _group(self, group: ET.Element, segment: Group, element: ET.Element) -> None:
        group.set("data-element", segment.element)
        group.set("data-segment", segment.segment)
        box = _copy_shapes(group, element)
        left, top = box.left + 14, box.top + 19
        name = ET.Element("g", {"class": f"sf-segment-name sf-{segment.style.value}"})
        _text(name, "sf-title", segment.title, (left, top), anchor="start")
        _text(name, "sf-sub", segment.sub, (left, top + 13), anchor="start")
        self.on_top.append(name)


def _node_text(group: ET.Element, node: Node, box: _Box) -> None:
    x, y = box.middle
    if node.kind in ("stop", "savepoint"):
        _text(group, "sf-small", node.title, (x, y + (6 if node.kind == "savepoint" else 3)))
        return
    rows = [("sf-title", node.title), ("sf-sub", node.sub), *(("sf-note", note) for note in node.notes)]
    rows = [row for row in rows if row[1]]
    under_tab = 3.0 if node.kind in ("observer", "folded") else 0.0
    top = y - 14.0 * (len(rows) - 1) / 2 + 4 + under_tab
    for number, (kind, text) in enumerate(rows):
        _text(group, kind, text, (x, top + 14.0 * number))


FONT_OF = {
    "sf-title": {"font-size": f"{TITLE_SIZE:g}", "font-weight": "600", "fill": INK},
    "sf-sub": {"font-size": f"{SUB_SIZE:g}", "fill": MUTED},
    "sf-note": {"font-size": f"{NOTE_SIZE:g}", "fill": INK},
    "sf-label": {"font-size": f"{LABEL_SIZE:g}", "fill": MUTED},
    "sf-small": {"font-size": f"{LABEL_SIZE:g}", "fill": INK},
}


def _text(group: ET.Element, kind: str, text: str, at: tuple[float, float], *, anchor: str = "middle") -> None:
    attributes = {"class": kind, "x": f"{at[0]:.1f}", "y": f"{at[1]:.1f}", "text-anchor": anchor} | FONT_OF[kind]
    ET.SubElement(group, "text", attributes).text = clean(text)


def _copy_shapes(group: ET.Element, element: ET.Element) -> _Box:
    """Copy what matches the allow-list, and say how much room it takes."""
    xs, ys = [], []
    for shape in element:
        name = shape.tag
        if name not in SHAPES:
            continue
        kept = {}
        for key in (*SHAPES[name], *PAINT):
            value = shape.get(key)
            if value is not None and PATTERNS.get(key, NUMBERS).fullmatch(value):
                kept[key] = value
        ET.SubElement(group, name, kept)
        points = [float(number) for number in NUMBER.findall(kept.get("points", "") + kept.get("d", ""))]
        if name == "ellipse":
            cx, cy, rx, ry = (float(kept.get(key) or 0) for key in SHAPES["ellipse"])
            points = [cx - rx, cy - ry, cx + rx, cy + ry]
        xs += points[0::2]
        ys += points[1::2]
    return _Box(min(xs, default=0), min(ys, default=0), max(xs, default=0), max(ys, default=0))
