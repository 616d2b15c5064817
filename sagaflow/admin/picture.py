"""Draws the flowchart of a definition, of a run, or of a run at the time of a rollback record."""

import logging
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError

from sagaflow import store
from sagaflow.core.run.evolve import fold
from sagaflow.flowchart.draw import try_draw
from sagaflow.flowchart.folding import folded_at_first
from sagaflow.flowchart.outline import as_text, outline
from sagaflow.store import subscriptions

__all__ = ["FlowchartWithText", "of_definition", "of_record", "of_run"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FlowchartWithText:
    """The drawing and its text, or the reason why there is none."""

    svg: str = ""
    text: str = ""
    why_not: str = ""


def of_definition(definition: Any) -> FlowchartWithText:
    """Draw a definition without a state."""
    return _drawn(lambda: (store.definition_of(definition.digest), None, 0.0))


def of_run(run: Any) -> FlowchartWithText:
    """Draw a run with its current state."""
    return _drawn(lambda: (*store.state(str(run.pk)), store.now()))


def of_record(record: Any) -> FlowchartWithText:
    """Draw a run with its state at the time of the rollback record."""

    def then() -> tuple[Any, Any, float]:
        saga = store.definition_of(record.run.definition_id)
        return saga, fold(saga, store.journal(str(record.run_id), limit=record.seq)), record.ended_at.timestamp()

    return _drawn(then)


def _drawn(subject: Any) -> FlowchartWithText:
    try:
        saga, state, at = subject()
        listeners = subscriptions.of(saga.name)
        folded = folded_at_first(saga, state, at)
        drawing = try_draw(saga, state, at, folded=folded, subscribers=listeners, interactive=True)
        text = as_text(outline(saga, state, at, subscribers=listeners)) if drawing.svg else ""
        return FlowchartWithText(drawing.svg, text, drawing.why_not)
    except DatabaseError:
        raise
    except Exception as error:  # noqa: BLE001 - a changed row can cause any error
        log.warning("A flowchart could not be drawn: %s: %s", type(error).__name__, error)
        return FlowchartWithText(why_not="the definition or the journal cannot be read; the seal says more.")
