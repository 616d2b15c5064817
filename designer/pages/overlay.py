"""A flowchart with something drawn over it that is not a run: heat, or what differs from another version."""

import logging
from collections.abc import Collection, Mapping

from django.utils.safestring import SafeString, mark_safe

from designer.pages.drawing import Picture
from sagaflow.core.definition.saga import Saga
from sagaflow.core.definition.subscriber import Subscriber
from sagaflow.flowchart.draw import drawn
from sagaflow.flowchart.layout import LayoutFailed
from sagaflow.flowchart.paint import Painted
from sagaflow.flowchart.paint_svg import painted_svg

__all__ = ["overlay"]

logger = logging.getLogger(__name__)


def overlay(
    saga: Saga, paints: Mapping[str, Painted], *, prefix: str = "", subscribers: Collection[Subscriber] = ()
) -> Picture:
    """``prefix``: before every id, for a page with two drawings."""
    try:
        svg = drawn(saga, prefix=prefix, subscribers=subscribers)
    except LayoutFailed as failure:
        logger.warning("Saga '%s' could not be drawn: %s", saga.name, failure)
        return Picture(SafeString(), str(failure))
    return Picture(mark_safe(painted_svg(svg, paints, prefix=prefix)))  # noqa: S308 - rebuilt through an allow-list
