"""Attempts → a timeline (Gantt chart) as SVG: a row per step of the definition, so that what is to come has its place.

To scale, or *even*: spans take room by the logarithm of their length, so that a step of milliseconds is visible next to
a wait of a day. Text is never markup. State is a class, a glyph and a sentence, never colour alone.
"""

import xml.etree.ElementTree as ET
from bisect import bisect_right
from collections.abc import Iterable
from math import log1p

from designer.live.attempts import Attempt, AttemptOutcome
from sagaflow.core.definition.durations import fine
from sagaflow.core.definition.saga import Saga
from sagaflow.core.run.state import Direction, StepStatus
from sagaflow.flowchart.appearance import appearance_of
from sagaflow.flowchart.compose import step_title
from sagaflow.flowchart.words import clean, shorten

__all__ = ["Scale", "timeline_svg"]

WIDE, LABELS, RIGHT, TOP, ROW, BAR = 1000.0, 190.0, 44.0, 34.0, 34.0, 14.0
"""Units of the drawing: its width, room for names, margin, height of the axis, of a row and of a bar."""
LEAST = 5.0
"""Width of the shortest bar."""
VISIBLE = 12.0
"""Width below which a span says nothing."""
TICK_GAP = 96.0
UNITS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 600, 1800, 3600, 7200, 21600, 43200, 86400, 604800)


class Scale:
    """Moments → positions."""

    def __init__(
        self, moments: Iterable[float], *, even: bool | None = None, room: float = WIDE - LABELS - RIGHT
    ) -> None:
        """``even=None``: evenly where most spans would be too short to see."""
        self.moments = sorted(set(moments)) or [0.0]
        spans = [after - before for before, after in zip(self.moments, self.moments[1:], strict=False)]
        whole = sum(spans) or 1.0
        tiny = sum(span / whole * room < VISIBLE for span in spans)
        self.even = tiny * 2 > len(spans) if even is None else even
        weights = [log1p(span * 1000.0) if self.even else span for span in spans]
        total = sum(weights) or 1.0
        self.places = [0.0]
        for weight in weights:
            self.places.append(self.places[-1] + weight / total * room)

    def __call__(self, at: float) -> float:
        """Where ``at`` is; times outside are at the border."""
        at = min(max(at, self.moments[0]), self.moments[-1])
        number = bisect_right(self.moments, at) - 1
        if number >= len(self.moments) - 1:
            return self.places[-1]
        before, after = self.moments[number], self.moments[number + 1]
        share = (at - before) / (after - before)
        return self.places[number] + share * (self.places[number + 1] - self.places[number])

    def ticks(self) -> list[float]:
        """Moments for the axis, far enough apart to write something there."""
        first, last = self.moments[0], self.moments[-1]
        if not self.even:
            unit = next((unit for unit in UNITS if (last - first) / unit <= 8), (last - first) / 8 or 1.0)  # noqa: PLR2004
            return [first + unit * number for number in range(int((last - first) / unit) + 1)]
        chosen = [first]
        for moment, place in zip(self.moments, self.places, strict=True):
            if place - self(chosen[-1]) >= TICK_GAP:
                chosen.append(moment)
        return chosen


def timeline_svg(
    saga: Saga, found: tuple[Attempt, ...], *, until: float, began: float, even: bool | None = None
) -> str:
    """An ``<svg>`` element that is safe to inline. ``began``, ``until``: start of the run, and its end or now."""
    scale = Scale([began, until, *(moment for one in found for moment in _moments(one, until))], even=even)
    high = TOP + ROW * len(saga.steps) + 8
    svg = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "class": "timeline",
            "data-scale": "even" if scale.even else "time",
            "viewBox": f"0 0 {WIDE:g} {high:g}",
            "role": "img",
            "aria-labelledby": "timeline-title",
        },
    )
    made = sum(one.is_known for one in found)
    ET.SubElement(svg, "title", {"id": "timeline-title"}).text = f"Timeline: {made} attempts"
    _axis(svg, scale, high)
    for number, name in enumerate(saga.graph.order):
        _row(svg, step_title(saga.steps[name]), TOP + ROW * number)
    rows = {name: TOP + ROW * number for number, name in enumerate(saga.graph.order)}
    for one in found:
        if one.step in rows:
            if one.is_known:
                _attempt(svg, one, scale, rows[one.step], until)
            _parked(svg, one, scale, rows[one.step], until)
    return ET.tostring(svg, encoding="unicode")


def _moments(one: Attempt, until: float) -> list[float]:
    known = (one.queued_at, one.began_at, one.accepted_at, one.ended_at, one.parked_at, one.released_at)
    return [min(moment, until) for moment in known if moment is not None]


def _axis(svg: ET.Element, scale: Scale, high: float) -> None:
    for moment in scale.ticks():
        x = f"{LABELS + scale(moment):.1f}"
        ET.SubElement(svg, "line", {"class": "grid", "x1": x, "x2": x, "y1": f"{TOP - 8:g}", "y2": f"{high:g}"})
        text = ET.SubElement(svg, "text", {"class": "tick", "x": x, "y": f"{TOP - 14:g}", "text-anchor": "middle"})
        text.text = _offset(moment - scale.moments[0])


def _row(svg: ET.Element, title: str, top: float) -> None:
    line = {"x1": "0", "x2": f"{WIDE:g}", "y1": f"{top + ROW:g}", "y2": f"{top + ROW:g}"}
    ET.SubElement(svg, "line", {"class": "row", **line})
    text = ET.SubElement(svg, "text", {"class": "name", "x": "4", "y": f"{top + ROW / 2 + 4:g}"})
    text.text = shorten(clean(title), 26)


def _attempt(svg: ET.Element, one: Attempt, scale: Scale, top: float, until: float) -> None:
    kind = "undo" if one.direction is Direction.UNDO else "do"
    undone = kind == "undo" and one.outcome is AttemptOutcome.SUCCEEDED
    look = appearance_of(StepStatus.COMPENSATED if undone else one.outcome)
    classes = f"attempt {kind} is-{one.outcome.replace(' ', '-')} tone-{look.tone}"
    group = ET.SubElement(svg, "g", {"class": classes, "data-step": one.step})
    ET.SubElement(group, "title").text = _sentence(one)
    middle = top + ROW / 2
    begun = one.began_at if one.began_at is not None else min(one.ended_at or until, until)
    if begun > one.queued_at:
        line = {"x1": f"{LABELS + scale(one.queued_at):.1f}", "x2": f"{LABELS + scale(begun):.1f}"}
        ET.SubElement(group, "line", {"class": "queue", **line, "y1": f"{middle:g}", "y2": f"{middle:g}"})
    if one.began_at is None:
        return
    end = _end(one.ended_at, until)
    parts = [("bar", one.began_at, one.accepted_at or end)]
    parts += [("bar wait", one.accepted_at, end)] if one.accepted_at is not None else []
    for name, start, stop in parts:
        _bar(group, name, scale(start), scale(max(start, stop)), middle)
    _glyph(group, look.glyph, LABELS + max(scale(end), scale(one.began_at) + LEAST), middle)


def _parked(svg: ET.Element, one: Attempt, scale: Scale, top: float, until: float) -> None:
    """Draw the wait for an operator after the attempt: a line under its bar, with the glyph of what is parked."""
    if one.parked_at is None:
        return
    look = appearance_of(StepStatus.PARKED)
    wait = ET.SubElement(svg, "g", {"class": f"parked tone-{look.tone}", "data-step": one.step})
    ET.SubElement(wait, "title").text = f"{clean(one.step)}, {_work(one)}: parked"
    left = LABELS + scale(one.parked_at)
    right = max(LABELS + scale(_end(one.released_at, until)), left + LEAST)
    y = top + (ROW + BAR) / 2 + 3
    ET.SubElement(wait, "line", {"x1": f"{left:.1f}", "x2": f"{right:.1f}", "y1": f"{y:g}", "y2": f"{y:g}"})
    _glyph(wait, look.glyph, right, y - 3)


def _glyph(group: ET.Element, glyph: str, left: float, middle: float) -> None:
    ET.SubElement(group, "text", {"class": "glyph", "x": f"{left + 4:.1f}", "y": f"{middle + 4:g}"}).text = glyph


def _end(moment: float | None, until: float) -> float:
    return moment if moment is not None else until


def _bar(group: ET.Element, name: str, left: float, right: float, middle: float) -> None:
    if name == "bar wait" or right > left or len(group) <= 2:  # noqa: PLR2004 - title and queue stand before the bar
        box = {"x": f"{LABELS + left:.1f}", "width": f"{max(right - left, LEAST):.1f}", "rx": "3"}
        ET.SubElement(group, "rect", {"class": name, **box, "y": f"{middle - BAR / 2:g}", "height": f"{BAR:g}"})


def _sentence(one: Attempt) -> str:
    took = "" if one.ended_at is None or one.began_at is None else f" after {_offset(one.ended_at - one.began_at, '')}"
    why = f": {one.error.kind.value} error {clean(one.error.code)}" if one.error else ""
    reminded = ""
    if one.reminded_at is not None:
        after = one.reminded_at - (one.accepted_at or one.queued_at)
        reminded = f"; the approvers were reminded after {_offset(after, '')}"
    return f"{clean(one.step)}, {_work(one)}, attempt {one.number}: {one.outcome}{took}{why}{reminded}"


def _work(one: Attempt) -> str:
    return "compensation" if one.direction is Direction.UNDO else "action"


def _offset(seconds: float, sign: str = "+") -> str:
    """``+120 ms``, ``+3 min 5 s``."""
    return f"{sign if seconds else ''}{fine(seconds)}"
