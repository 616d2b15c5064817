"""Messages → a sequence diagram as SVG, by a layout of our own: columns are participants, rows are messages."""

import xml.etree.ElementTree as ET

from sagaflow.flowchart.measure import width
from sagaflow.flowchart.sequence import Kind, Message, participants
from sagaflow.flowchart.shapes import COMMAND, EVENT, INK, LINE, MUTED
from sagaflow.flowchart.words import clean

__all__ = ["sequence_svg"]

ROW, TOP, HEAD, GAP, MARGIN = 34.0, 62.0, 32.0, 36.0, 16.0
"""Points: height of a row, where rows begin, height of a head, least room between heads, margin."""
COLOURS = {Kind.COMMAND: COMMAND, Kind.REPLY: MUTED, Kind.EVENT: EVENT}
FAILED = "#dc2626"
FONTS = "ui-sans-serif, system-ui, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"


def sequence_svg(found: tuple[Message, ...], *, title: str = "Sequence diagram", prefix: str = "") -> str:
    """An ``<svg>`` element that is safe to inline: all text is text. Each message carries ``data-seq``."""
    names = [clean(name, longest=40) for name in participants(found)]
    where = dict(zip(participants(found), _columns(found, names), strict=True))
    wide = max([at + half for at, half in where.values()], default=0) + MARGIN
    high = TOP + ROW * len(found) + 24
    svg = _frame(wide, high, clean(title), found, prefix)
    for name, (at, half) in zip(names, where.values(), strict=True):
        _participant(svg, name, at, half, high)
    for number, message in enumerate(found):
        _message(svg, message, where[message.source][0], where[message.target][0], TOP + ROW * number + 22)
    return ET.tostring(svg, encoding="unicode")


def _columns(found: tuple[Message, ...], names: list[str]) -> list[tuple[float, float]]:
    """Return for each participant the middle of its column and half the width of its head: every label has room."""
    halves = [max(width(name, 12) * 1.08 + 28, 96) / 2 for name in names]
    order = {name: number for number, name in enumerate(participants(found))}
    middles: list[float] = []
    for number, half in enumerate(halves):
        if not number:
            middles.append(MARGIN + half)
            continue
        least = middles[-1] + halves[number - 1] + GAP + half
        for one in found:
            left, right = sorted((order[one.source], order[one.target]))
            if right == number:
                least = max(least, middles[left] + width(clean(one.label, longest=60), 10.5) + 44)
        middles.append(least)
    return list(zip(middles, halves, strict=True))


def _frame(wide: float, high: float, title: str, found: tuple[Message, ...], prefix: str) -> ET.Element:
    attributes = {"xmlns": "http://www.w3.org/2000/svg", "class": "sf-sequence", "role": "img", "font-family": FONTS}
    attributes |= {"viewBox": f"0 0 {wide:.0f} {high:.0f}", "width": f"{wide:.0f}", "height": f"{high:.0f}"}
    svg = ET.Element(
        "svg", {**attributes, "aria-labelledby": f"{prefix}sf-seq-title", "aria-describedby": f"{prefix}sf-seq-desc"}
    )
    ET.SubElement(svg, "title", {"id": f"{prefix}sf-seq-title"}).text = title
    said = "; ".join(f"{clean(one.source)} to {clean(one.target)}: {clean(one.label)}" for one in found)
    ET.SubElement(svg, "desc", {"id": f"{prefix}sf-seq-desc"}).text = clean(said or "No messages.", longest=4000)
    return svg


def _participant(svg: ET.Element, name: str, at: float, half: float, high: float) -> None:
    line = {"x1": f"{at:.1f}", "x2": f"{at:.1f}", "y1": f"{MARGIN + HEAD:.1f}", "y2": f"{high - 10:.1f}"}
    ET.SubElement(svg, "line", {"class": "sf-lifeline", **line, "stroke": LINE, "stroke-dasharray": "3 4"})
    box = {
        "x": f"{at - half:.1f}",
        "y": f"{MARGIN:.1f}",
        "width": f"{2 * half:.1f}",
        "height": f"{HEAD:.1f}",
        "rx": "8",
    }
    ET.SubElement(svg, "rect", {"class": "sf-head", **box, "fill": "#ffffff", "stroke": LINE})
    text = {"x": f"{at:.1f}", "y": f"{MARGIN + HEAD / 2 + 4:.1f}", "text-anchor": "middle", "font-size": "12"}
    ET.SubElement(svg, "text", {"class": "sf-title", **text, "font-weight": "600", "fill": INK}).text = name


def _message(svg: ET.Element, message: Message, start: float, end: float, y: float) -> None:
    failed = message.kind is Kind.REPLY and message.label != "OK"
    undo = " sf-failed" if failed else ""
    colour = FAILED if failed else COLOURS[message.kind]
    attributes = {"class": f"sf-message sf-{message.kind.value}{undo}", "data-seq": str(message.seq)}
    group = ET.SubElement(svg, "g", attributes)
    ahead = 1 if end > start else -1
    line = {"x1": f"{start:.1f}", "y1": f"{y:.1f}", "x2": f"{end - 7 * ahead:.1f}", "y2": f"{y:.1f}", "stroke": colour}
    line |= {"stroke-width": "1.4"} | ({} if message.kind is Kind.COMMAND else {"stroke-dasharray": "5 3"})
    ET.SubElement(group, "line", line)
    tip = f"{end:.1f},{y:.1f} {end - 8 * ahead:.1f},{y - 4:.1f} {end - 8 * ahead:.1f},{y + 4:.1f}"
    ET.SubElement(group, "polygon", {"points": tip, "fill": colour})
    text = {"x": f"{(start + end) / 2:.1f}", "y": f"{y - 6:.1f}", "text-anchor": "middle", "font-size": "10.5"}
    words = f"✕ {message.label}" if failed else message.label
    ET.SubElement(group, "text", {"class": "sf-label", **text, "fill": INK}).text = clean(words, longest=60)
