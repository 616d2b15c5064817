"""Measures how long a flowchart takes, and the cost of the naive picture. Run: python -m benchmarks.layout

Each row is the median of three drawings of a definition with that number of steps, all with compensations: definition →
DOT → Graphviz in its child process → safe SVG. Promise: 100 steps take less than 300 ms, and 300 steps less than
1000 ms. If not, the exit code is 1.
"""

# ruff: noqa: T201  (a benchmark prints)

import statistics
import sys
import time
from collections.abc import Callable

from sagaflow import Saga, Step, choreographed, orchestrated
from sagaflow.flowchart.dot import picture_of, write
from sagaflow.flowchart.layout import LayoutFailed, Limits, Painter
from sagaflow.flowchart.svg import safe_svg

WANTED = {100: 300.0, 300: 1000.0}
SIZES = (10, 50, 100, 300)
NAIVE = 20
ROUNDS = 3


def definition(steps: int, mark: int = 0) -> Saga:
    """Segments of ten steps, in both styles alternately; ``mark`` makes the texts differ, so that nothing is cached."""
    segments = []
    for start in range(0, steps, 10):
        style = choreographed if start // 10 % 2 else orchestrated
        rows = range(start, min(start + 10, steps))
        names = (Step(f"step{row}", f"service{row % 7}.do_{row}", undo=f"service{row % 7}.undo_{row}") for row in rows)
        segments.append(style(f"segment{start // 10}", *names, title=f"Segment {start // 10} of drawing {mark}"))
    return Saga("benchmark", tuple(segments))


def naive(steps: int, mark: int) -> str:
    """The first picture to come to mind: steps down, compensations as a chain back up, every edge a constraint."""
    lines = ["digraph {", f"label=drawing{mark}"]
    for row in range(steps):
        lines += [f"s{row} -> c{row}", f"s{row} -> s{row + 1}" if row + 1 < steps else ""]
        lines.append(f"c{row} -> c{row - 1}" if row else "")
    return "\n".join([*lines, "}"])


def milliseconds(do: Callable[[int], object]) -> float:
    """The median of a few runs."""
    times = []
    for mark in range(ROUNDS):
        began = time.perf_counter()
        do(mark)
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def measure(painter: Painter, steps: int) -> tuple[float, float]:
    """Milliseconds of the whole way, and of Graphviz alone."""
    texts = [write(picture_of(definition(steps, -1 - mark))) for mark in range(ROUNDS)]
    layout = milliseconds(lambda mark: painter.lay_out(texts[mark]))

    def whole(mark: int) -> None:
        picture = picture_of(definition(steps, mark))
        safe_svg(painter.lay_out(write(picture)), picture)

    return milliseconds(whole), layout


def main() -> int:
    """Print the table."""
    painter = Painter(Limits(kept=0))
    painter.lay_out("digraph{warm}")
    print(f"{'steps':>6} {'total ms':>9} {'Graphviz ms':>12} {'wanted ms':>10}")
    missed, ours = False, {}
    for steps in (NAIVE, *SIZES):
        whole, layout = measure(painter, steps)
        ours[steps] = layout
        wanted = WANTED.get(steps)
        missed |= wanted is not None and whole > wanted
        print(f"{steps:>6} {whole:>9.1f} {layout:>12.1f} {wanted or '':>10}")
    try:
        slow = milliseconds(lambda mark: painter.lay_out(naive(NAIVE, mark)))
        print(f"naive picture, {NAIVE} steps: {slow:.1f} ms, {slow / ours[NAIVE]:.1f} times ours (Graphviz alone)")
    except LayoutFailed as failure:
        print(f"naive picture, {NAIVE} steps: {failure}")
    painter.close()
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
