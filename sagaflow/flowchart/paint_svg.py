"""Paint on a drawing that stands alone: classes, marks, notes, and the colours for where no style sheet is."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping

from sagaflow.flowchart.appearance import Status
from sagaflow.flowchart.lines import SIZES
from sagaflow.flowchart.measure import fitted, width
from sagaflow.flowchart.paint import Painted

__all__ = ["painted_svg"]

NAMESPACE = "http://www.w3.org/2000/svg"
SPACE = f"{{{NAMESPACE}}}"
ABSCISSA = re.compile(r"(-?[\d.]+)[, ]-?[\d.]+")
SMALLEST = 9.5
"""Points: below it a note is cut instead."""
PADDING = 6.0
ET.register_namespace("", NAMESPACE)


def painted_svg(svg: str, paints: Mapping[str, Painted], *, prefix: str = "") -> str:
    """A drawing by ``safe_svg`` with the paint put on, fallback colours included: it stands alone."""
    root = ET.fromstring(svg)  # noqa: S314  (our own writing)
    root.set("class", f"{root.get('class', '')} sf-painted".strip())
    for group in root.iter(f"{SPACE}g"):
        look = paints.get((group.get("id") or "").removeprefix(prefix))
        if look is not None:
            _put_on(group, look)
    return ET.tostring(root, encoding="unicode")


def _put_on(group: ET.Element, look: Painted) -> None:
    group.set("class", f"{group.get('class', '')} {look.classes}".strip())
    title = group.find(f"{SPACE}title")
    if title is not None and look.label:
        title.text = look.label
    for text in group.iter(f"{SPACE}text"):
        if text.get("class") == "sf-mark":
            text.text = look.mark
        elif text.get("class") == "sf-sub" and look.note:
            text.set("data-sub", text.text or "")  # a page that goes on painting needs it back
            text.text = look.note
            _fit(text, group)
    classes = set((group.get("class") or "").split())
    if "sf-edge" in classes and not look.classes:
        for shape in group.iter():
            if shape.tag in (f"{SPACE}path", f"{SPACE}polygon"):
                shape.set("opacity", "0.45")
    status = next((one for one in Status if f"sf-is-{one.value}" in classes), None)
    if status is not None and "sf-node" in classes and "sf-start" not in classes:
        _colour(group, status, marked=bool(look.mark))


def _fit(text: ET.Element, group: ET.Element) -> None:
    """Boxes are as wide as the definition needs: a longer note is set smaller, and cut where that is not enough."""
    room = _room(group)
    wide = width(text.text or "", SIZES["sf-sub"])
    if not room or wide <= room:
        return
    size = max(SMALLEST, SIZES["sf-sub"] * room / wide)
    text.set("font-size", f"{size:.4g}")
    text.text = fitted(text.text or "", size, room)


def _room(group: ET.Element) -> float:
    """Return the greatest width of a text in the box; 0: the box has no outline."""
    shape = next((part for part in group if part.tag in (f"{SPACE}path", f"{SPACE}polygon")), None)
    outline = "" if shape is None else shape.get("d") or shape.get("points") or ""
    across = [float(x) for x in ABSCISSA.findall(outline)]
    return max(across) - min(across) - PADDING if across else 0.0


def _colour(group: ET.Element, status: Status, *, marked: bool) -> None:
    fill, line = status.colours
    for shape in group:
        if shape.tag in (f"{SPACE}path", f"{SPACE}polygon", f"{SPACE}ellipse") and shape.get("fill") != "none":
            shape.attrib |= {"fill": fill, "stroke": line}
    if marked:
        for part in group.iter():
            if part.tag == f"{SPACE}circle":
                part.attrib |= {"fill": line, "stroke": "#ffffff"}
            elif part.get("class") == "sf-mark":
                part.set("fill", "#ffffff")
