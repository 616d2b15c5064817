"""All steps in one call: draw a definition, or a run of it, as SVG or PNG."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sagaflow.core.definition.saga import Saga
from sagaflow.core.definition.subscriber import Subscriber
from sagaflow.core.run.state import RunState
from sagaflow.flowchart.appearance import Status
from sagaflow.flowchart.dot import picture_of, write
from sagaflow.flowchart.layout import LayoutFailed, lay_out
from sagaflow.flowchart.paint import NO_OBSERVERS, Painted, paint, statuses
from sagaflow.flowchart.paint_svg import painted_svg
from sagaflow.flowchart.svg import parsed, safe_svg
from sagaflow.flowchart.titles import crowded

__all__ = ["Drawing", "draw_dot", "draw_png", "draw_svg", "drawn", "try_draw"]

logger = logging.getLogger(__name__)

_kept: OrderedDict[tuple[object, ...], str] = OrderedDict()
_lock = threading.Lock()
KEPT = 128
"""The number of drawings that are cached, by digest, subscribers and options."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A flowchart for a page, or a sentence that says why it cannot be drawn; one of them is empty."""

    svg: str = ""
    """A safe ``<svg>`` element: it was rebuilt through an allow-list."""
    why_not: str = ""


def drawn(
    saga: Saga,
    *,
    compensations: bool = True,
    folded: Collection[str] = frozenset(),
    interactive: bool = False,
    prefix: str = "",
    subscribers: Collection[Subscriber] = (),
    direction: str = "TB",
) -> str:
    """Return the flowchart of a definition as a safe ``<svg>`` element, unpainted: the browser paints it.

    ``subscribers``: those of other apps. ``prefix``: put before every id, for a page with two drawings.

    Raises:
        LayoutFailed: the definition is too large, or the layout took too long.
    """
    key = (saga.digest, compensations, frozenset(folded), interactive, prefix, tuple(subscribers), direction)
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    picture = picture_of(saga, compensations=compensations, folded=folded, subscribers=subscribers)
    root = parsed(lay_out(write(picture, direction=direction)))
    if wider := crowded(root, picture):
        root = parsed(lay_out(write(picture, widths=wider, direction=direction)))
    svg = safe_svg(root, picture, interactive=interactive, prefix=prefix, direction=direction)
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
    overlay: Mapping[str, Painted] | None = None,
    compensations: bool = True,
    folded: Collection[str] = frozenset(),
    interactive: bool = False,
    prefix: str = "",
    subscribers: Collection[Subscriber] = (),
    failing: Mapping[str, Status] = NO_OBSERVERS,
    direction: str = "TB",
) -> str:
    """Return the flowchart: painted with ``state`` as of ``at`` (seconds since the epoch), with ``overlay``, or plain.

    ``overlay``: paint that is not the state of a run, such as heat. ``folded``: segments drawn as one node.
    ``interactive``: steps can be focused and act as buttons. ``direction``: ``TB`` or ``LR``.
    """
    svg = drawn(
        saga,
        compensations=compensations,
        folded=folded,
        interactive=interactive,
        prefix=prefix,
        subscribers=subscribers,
        direction=direction,
    )
    if state is not None:
        overlay = paint(saga, state, at, folded=folded, subscribers=subscribers, failing=failing)
    return svg if overlay is None else painted_svg(svg, overlay, prefix=prefix)


def try_draw(saga: Saga, state: RunState | None = None, at: float = 0.0, **options: Any) -> Drawing:
    """Return what ``draw_svg`` returns with these options, or the reason why it cannot be drawn."""
    try:
        return Drawing(draw_svg(saga, state, at, **options))
    except LayoutFailed as failure:
        logger.warning("Saga '%s' could not be drawn: %s", saga.name, failure)
        return Drawing(why_not=str(failure))


def draw_dot(
    saga: Saga,
    state: RunState | None = None,
    at: float = 0.0,
    *,
    compensations: bool = True,
    folded: Collection[str] = frozenset(),
    subscribers: Collection[Subscriber] = (),
    failing: Mapping[str, Status] = NO_OBSERVERS,
    direction: str = "TB",
) -> str:
    """Return the same as DOT text, in the fallback colours."""
    picture = picture_of(saga, compensations=compensations, folded=folded, subscribers=subscribers)
    shown = None
    if state is not None:
        shown = statuses(saga, state, at, folded=folded, subscribers=subscribers, failing=failing)
    return write(picture, shown, direction=direction)


def draw_png(saga: Saga, state: RunState | None = None, at: float = 0.0, **options: Any) -> bytes:
    """Return the same as a PNG, drawn by Graphviz; the options are those of ``draw_dot``."""
    return lay_out(draw_dot(saga, state, at, **options), "png")
