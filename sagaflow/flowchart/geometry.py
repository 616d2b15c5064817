"""Boxes and curves of a drawing that was laid out; where a band across it is free."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["Box", "Point", "box_of", "curve", "gaps", "points_of"]

Point = tuple[float, float]
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
SAMPLES = 16
"""Points of a curve that stand for one of its pieces."""
CLEARANCE = 5.0
"""Points between a title and an edge."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle; ``top`` is less than ``bottom``."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> Point:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def meets(self, other: "Box") -> bool:
        """Say whether the two overlap."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def holds(self, point: Point) -> bool:
        """Say whether the point is inside."""
        return self.left < point[0] < self.right and self.top < point[1] < self.bottom


def points_of(text: str) -> tuple[Point, ...]:
    """The points of ``points`` or ``d``, in their order."""
    numbers = [float(number) for number in NUMBER.findall(text)]
    return tuple(zip(numbers[0::2], numbers[1::2], strict=False))


def box_of(points: Iterable[Point]) -> Box:
    """The smallest box around the points."""
    xs, ys = zip(*points, strict=True)
    return Box(min(xs), min(ys), max(xs), max(ys))


def curve(points: Sequence[Point]) -> list[Point]:
    """Points on a path of cubic Bézier pieces, close to each other. ``points``: those of its ``d``."""
    found = list(points[:1])
    for at in range(0, len(points) - 3, 3):
        a, b, c, e = points[at : at + 4]
        for step in range(1, SAMPLES + 1):
            t = step / SAMPLES
            w = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
            found.append(
                (
                    sum(p[0] * k for p, k in zip((a, b, c, e), w, strict=True)),
                    sum(p[1] * k for p, k in zip((a, b, c, e), w, strict=True)),
                )
            )
    return found


def gaps(band: Box, paths: Iterable[Sequence[Point]]) -> list[tuple[float, float]]:
    """The spans of a band that no path of cubic Bézier pieces is in, from left to right."""
    taken = sorted(span for points in paths if (span := _span(points, band.top - CLEARANCE, band.bottom)))
    found, left = [], band.left
    for begin, end in [*taken, (band.right + CLEARANCE, band.right)]:
        if begin - CLEARANCE > left:
            found.append((left, min(begin - CLEARANCE, band.right)))
        left = max(left, end + CLEARANCE)
    return found


def _span(points: Sequence[Point], top: float, bottom: float) -> tuple[float, float] | None:
    """The abscissas between which a path is in a band, with a point more on each side: it goes on there."""
    heights = [y for _, y in points]
    if not heights or max(heights) < top or min(heights) > bottom:
        return None  # a curve stays between its control points
    points = curve(points)
    inside = [number for number, (_, y) in enumerate(points) if top <= y <= bottom]
    if not inside:
        return None
    xs = [x for x, _ in points[max(inside[0] - 1, 0) : inside[-1] + 2]]
    return min(xs), max(xs)
