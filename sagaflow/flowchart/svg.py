"""Graphviz's SVG → an SVG that is safe to inline: rebuilt from an allow-list of shapes and attributes.

Nothing of the input is copied but shapes, positions and colours that match their pattern. All text is taken from the
picture; ids and classes have to be generated ones. There is no style, script, link or foreign element.
"""

import re
import xml.etree.ElementTree as ET

from sagaflow.flowchart.geometry import NUMBER, Box, Point, box_of, points_of
from sagaflow.flowchart.layout import LayoutFailed
from sagaflow.flowchart.lines import LABEL_HEIGHT, LINE_HEIGHT, SIZES, label_lines, node_lines, title_lines
from sagaflow.flowchart.picture import Edge, Group, Node, Picture
from sagaflow.flowchart.shapes import INK, MUTED
from sagaflow.flowchart.titles import placed
from sagaflow.flowchart.words import clean

__all__ = ["UnsafeDrawing", "parsed", "safe_svg"]

NAMESPACE = "http://www.w3.org/2000/svg"
FONTS = "'Sagaflow Inter', Inter, ui-sans-serif, system-ui, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"
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
TURN = re.compile(r"translate\((-?[0-9.]+)[ ,]+(-?[0-9.]+)\)")


class UnsafeDrawing(LayoutFailed):
    """The drawing is not of the form that Graphviz writes; it is not shown."""


def safe_svg(
    root: ET.Element, picture: Picture, *, interactive: bool = False, prefix: str = "", direction: str = "TB"
) -> str:
    """The drawing of ``picture`` as an ``<svg>`` element. ``root``: what ``parsed`` returns for it.

    ``interactive``: steps can be focused and act as buttons, named by their ``<title>``; otherwise the whole is one
    image. ``prefix`` goes before every id, so that one page may hold several drawings.

    Raises:
        UnsafeDrawing: it is not what Graphviz writes.
    """
    box = [float(number) for number in NUMBER.findall(root.get("viewBox", ""))]
    graph = root.find("g")
    if len(box) != 4 or graph is None:  # noqa: PLR2004  (x, y, width, height)
        raise UnsafeDrawing("The drawing has no size or no content.")
    svg = _frame(picture, box, interactive=interactive, prefix=prefix)
    svg.set("data-direction", direction)
    turned = TURN.search(graph.get("transform", ""))
    dx, dy = turned.groups() if turned else ("0", "0")
    canvas = ET.SubElement(svg, "g", {"class": "sf-canvas", "transform": f"translate({dx} {dy})"})
    parts = _Parts(picture, interactive=interactive, prefix=prefix)
    for kind in ("cluster", "edge", "node"):
        for element in graph:
            if (element.get("class") or "").split(" ")[0] == kind:
                parts.rebuild(canvas, kind, element)
    canvas.extend(parts.names())
    return ET.tostring(svg, encoding="unicode", short_empty_elements=True)


def parsed(drawing: bytes) -> ET.Element:
    """Return the root of a drawing.

    Raises:
        UnsafeDrawing: it is not what Graphviz writes.
    """
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


class _Parts:
    """Rebuilds nodes, edges and groups whose ids the picture knows; everything else is dropped."""

    def __init__(self, picture: Picture, *, interactive: bool, prefix: str) -> None:
        self.interactive = interactive
        self.prefix = prefix
        self.curves: list[tuple[Point, ...]] = []
        self.frames: dict[str, Box] = {}
        self.groups = picture.groups
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
        self.curves += [points_of(path.get("d", "")) for path in group if path.tag == "path"]
        texts = element.findall("text")
        if edge.label and texts:
            x, y = (texts[0].get(name, "") for name in ("x", "y"))
            if NUMBER.fullmatch(x) and NUMBER.fullmatch(y):
                for number, line in enumerate(label_lines(edge)):
                    at = (float(x) + LABEL_GAP, float(y) + LABEL_HEIGHT * number)
                    _text(group, line.kind, line.text, at, anchor="start")

    def _group(self, group: ET.Element, segment: Group, element: ET.Element) -> None:
        group.set("data-element", segment.element)
        group.set("data-segment", segment.segment)
        self.frames[segment.id] = _copy_shapes(group, element)

    def names(self) -> list[ET.Element]:
        """The titles of the segments, on top of everything."""
        found = []
        for segment in self.groups:
            frame = self.frames.get(segment.id)
            if frame is None:
                continue
            name = ET.Element("g", {"class": f"sf-segment-name sf-{segment.style.value}"})
            for line, at in placed(title_lines(segment), frame, self.curves):
                _text(name, line.kind, line.text, at, anchor="start")
            found.append(name)
        return found


def _node_text(group: ET.Element, node: Node, box: Box) -> None:
    x, y = box.middle
    rows = node_lines(node)
    lower = LOWER.get(node.kind, 0.0)
    top = y - LINE_HEIGHT * (len(rows) - 1) / 2 + 4 + lower
    for number, line in enumerate(rows):
        _text(group, line.kind, line.text, (x, top + LINE_HEIGHT * number))


LOWER = {"observer": 3.0, "folded": 3.0, "savepoint": 2.0}
"""Points that the text of a shape is below its middle."""
LOOKS = {"sf-title": {"font-weight": "600", "fill": INK}, "sf-sub": {"fill": MUTED}, "sf-label": {"fill": MUTED}}


def _text(group: ET.Element, kind: str, text: str, at: tuple[float, float], *, anchor: str = "middle") -> None:
    attributes = {"class": kind, "x": f"{at[0]:.1f}", "y": f"{at[1]:.1f}", "text-anchor": anchor}
    attributes |= {"font-size": f"{SIZES[kind]:g}"} | LOOKS.get(kind, {"fill": INK})
    ET.SubElement(group, "text", attributes).text = clean(text)


def _copy_shapes(group: ET.Element, element: ET.Element) -> Box:
    """Copy what matches the allow-list, and say how much room it takes."""
    found: list[Point] = []
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
        found += points_of(kept.get("points", "") + kept.get("d", ""))
        if name == "ellipse":
            cx, cy, rx, ry = (float(kept.get(key) or 0) for key in SHAPES["ellipse"])
            found += [(cx - rx, cy - ry), (cx + rx, cy + ry)]
    return box_of(found or [(0.0, 0.0)])
