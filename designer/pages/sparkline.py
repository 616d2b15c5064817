"""A small picture of numbers over time: the path of an SVG element, which needs no style and no script."""

from collections.abc import Sequence

__all__ = ["HEIGHT", "WIDTH", "bars"]

WIDTH, HEIGHT = 4, 20
"""The size of one bar with its gap. The picture is as wide as its bars."""
GAP = 1
LEAST = 2
"""The least height of the bar of a number that is not 0."""


def bars(numbers: Sequence[int]) -> str:
    """Return the path of a bar for each number; the largest fills the height."""
    most = max(numbers, default=0)
    heights = [max(LEAST, round(number * HEIGHT / most)) if number else 0 for number in numbers]
    return "".join(
        f"M{place * WIDTH} {HEIGHT}v-{height}h{WIDTH - GAP}v{height}z" for place, height in enumerate(heights) if height
    )
