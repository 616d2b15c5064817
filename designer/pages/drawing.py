"""The flowchart as a page shows it, or a sentence why there is none."""

import logging
from collections.abc import Collection
from dataclasses import dataclass

from django.utils.safestring import SafeString, mark_safe

from sagaflow.core.definition.saga import Saga
from sagaflow.core.definition.subscriber import Subscriber
from sagaflow.core.run.state import RunState
from sagaflow.flowchart.draw import draw_svg
from sagaflow.flowchart.layout import LayoutFailed

__all__ = ["Picture", "picture"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Picture:
    """Either is empty."""

    svg: SafeString
    why_not: str = ""


def picture(
    saga: Saga,
    state: RunState | None = None,
    at: float = 0.0,
    *,
    folded: Collection[str] = frozenset(),
    interactive: bool = False,
    subscribers: Collection[Subscriber] = (),
) -> Picture:
    """The flowchart of a definition, painted with ``state`` as of ``at`` (seconds since the epoch) if given.

    ``folded``: segments drawn as one node; ``interactive``: steps can be focused and act as buttons.
    """
    try:
        svg = draw_svg(saga, state, at, folded=folded, interactive=interactive, subscribers=subscribers)
        return Picture(mark_safe(svg))  # noqa: S308 - rebuilt through an allow-list
    except LayoutFailed as failure:
        logger.warning("Saga '%s' could not be drawn: %s", saga.name, failure)
        return Picture(SafeString(), str(failure))
