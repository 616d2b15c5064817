"""Draws the flowchart of a definition, of a run, or of a run at the time of a rollback record."""

import logging
import re
from dataclasses import dataclass, replace
from typing import Any

from django.db import DatabaseError

from sagaflow import store
from sagaflow.core.run.evolve import fold
from sagaflow.flowchart.draw import try_draw
from sagaflow.flowchart.folding import folded_at_first
from sagaflow.flowchart.outline import as_text, outline
from sagaflow.store import subscriptions

__all__ = ["FlowchartWithText", "of_definition", "of_record", "of_run", "on_paper"]

log = logging.getLogger(__name__)
SIZE = re.compile(r'width="([\d.]+)" height="([\d.]+)"')
PAPER = (680, 1000)
"""The room for a drawing on upright paper, in pixels of CSS: A4 without its margins."""
READABLE = 0.85
"""At this scale the smallest text of a drawing has 7 points."""


@dataclass(frozen=True, slots=True)
class FlowchartWithText:
    """The drawing and its text, or the reason why there is none."""

    svg: str = ""
    text: str = ""
    why_not: str = ""
    turned: bool = False
    """The drawing is larger on paper if it is turned by a quarter."""


def of_definition(definition: Any) -> FlowchartWithText:
    """Draw a definition without a state."""
    return _drawn(lambda: (store.definition_of(definition.digest), None, 0.0))


def of_run(run: Any) -> FlowchartWithText:
    """Draw a run with its current state."""
    return _drawn(lambda: (*store.state(str(run.pk)), store.now()))


def on_paper(run: Any) -> FlowchartWithText:
    """Draw a run with its current state so that it is as large as it can be on A4: in either direction, or turned.

    A drawing from the top down that can be read upright stays as it is.
    """
    found: list[tuple[float, FlowchartWithText]] = []
    for direction in ("TB", "LR"):
        drawing = _drawn(lambda: (*store.state(str(run.pk)), store.now()), direction=direction, interactive=False)
        if not (size := SIZE.search(drawing.svg)):
            return drawing
        scales = [_scale(size, *paper) for paper in (PAPER, PAPER[::-1])]
        found.append((max(scales), replace(drawing, turned=scales[0] < READABLE and scales[0] < scales[1])))
        if scales[0] >= READABLE:
            break
    return max(found, key=lambda each: each[0])[1]


def _scale(size: re.Match[str], width: float, height: float) -> float:
    """Return the scale at which a drawing fits into a room, at most 1."""
    return min(width / float(size[1]), height / float(size[2]), 1)


def of_record(record: Any) -> FlowchartWithText:
    """Draw a run with its state at the time of the rollback record."""

    def then() -> tuple[Any, Any, float]:
        saga = store.definition_of(record.run.definition_id)
        return saga, fold(saga, store.journal(str(record.run_id), limit=record.seq)), record.ended_at.timestamp()

    return _drawn(then)


def _drawn(subject: Any, *, direction: str = "TB", interactive: bool = True) -> FlowchartWithText:
    try:
        saga, state, at = subject()
        listeners = subscriptions.of(saga.name)
        folded = folded_at_first(saga, state, at)
        options = {"folded": folded, "subscribers": listeners, "interactive": interactive, "direction": direction}
        drawing = try_draw(saga, state, at, **options)
        text = as_text(outline(saga, state, at, subscribers=listeners)) if drawing.svg else ""
        return FlowchartWithText(drawing.svg, text, drawing.why_not)
    except DatabaseError:
        raise
    except Exception as error:  # noqa: BLE001 - a changed row can cause any error
        log.warning("A flowchart could not be drawn: %s: %s", type(error).__name__, error)
        return FlowchartWithText(why_not="the definition or the journal cannot be read; the seal says more.")
