"""The whole way in one call: a definition, or a run of it, as SVG, PNG or DOT."""

import threading
from collections import OrderedDict
from collections.abc import Collection

from sagaflow.core.definition.saga import Saga
from sagaflow.core.definition.subscriber import Subscriber
from sagaflow.core.run.state import RunState
from sagaflow.flowchart.dot import picture_of, write
from sagaflow.flowchart.layout import lay_out
from sagaflow.flowchart.paint import paint, statuses
from sagaflow.flowchart.paint_svg import painted_svg
from sagaflow.flowchart.svg import safe_svg

__all__ = ["draw_png", "draw_svg", "drawn"]

_kept: OrderedDict[tuple[object, ...], str] = OrderedDict()
_lock = threading.Lock()
KEPT = 128
"""Drawings that are remembered, by digest, subscribers and options."""


def drawn(
    saga: Saga,
    *,
    compensations: bool = True,
    folded: Collection[str] = frozenset(),
    interactive: bool = False,
    prefix: str = "",
    subscribers: Collection[Subscriber] = (),
) -> str:
    """The flowchart of a definition as a safe ``<svg>`` element, unpainted: the browser paints it.

    ``subscribers``: those of other apps.

    Raises:
        LayoutFailed: too large, or it took too long.
    """
    key = (saga.digest, compensations, frozenset(folded), interactive, prefix, tuple(subscribers))
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    picture = picture_of(saga, compensations=compensations, folded=folded, subscribers=subscribers)
    svg = safe_svg(lay_out(write(picture)), picture, interactive=interactive, prefix=prefix)
    with _lock:
        _kept[key] = svg
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return svg


def draw_svg(
    saga: Saga,
    state: RunState | None = None,
    at: float = 0.0,
    *,
    compensations: bool = True,
    folded: Collection[str] = frozenset(),
    interactive: bool = False,
    prefix: str = "",
    subscribers: Collection[Subscriber] = (),
) -> str:
    """The flowchart, painted with ``state`` as of ``at`` (seconds since the epoch) if given: it stands alone."""
    svg = drawn(
        saga,
        compensations=compensations,
        folded=folded,
        interactive=interactive,
        prefix=prefix,
        subscribers=subscribers,
    )
    if state is None:
        return svg
    return painted_svg(svg, paint(saga, state, at, folded=folded, subscribers=subscribers), prefix=prefix)


def draw_png(
    saga: Saga,
    state: RunState | None = None,
    at: float = 0.0,
    *,
    compensations: bool = True,
    folded: Collection[str] = frozenset(),
    subscribers: Collection[Subscriber] = (),
) -> bytes:
    """The same as a PNG, drawn by Graphviz."""
    picture = picture_of(saga, compensations=compensations, folded=folded, subscribers=subscribers)
    shown = statuses(saga, state, at, folded=folded, subscribers=subscribers) if state is not None else None
    return lay_out(write(picture, shown), "png")
