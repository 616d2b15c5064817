"""Draws the flowchart of a definition, of a run, or of a run at the time of a rollback record."""

import logging
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError
from django.utils.safestring import mark_safe

from sagaflow import store
from sagaflow.core.run.evolve import fold
from sagaflow.flowchart.draw import draw_svg
from sagaflow.flowchart.layout import LayoutFailed
from sagaflow.flowchart.outline import as_text, outline
from sagaflow.store import subscriptions

__all__ = ["Picture", "of_definition", "of_record", "of_run"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Picture:
    """The drawing and its text, or the reason why there is none."""

    svg: str = ""
    text: str = ""
    why_not: str = ""


def of_definition(definition: Any) -> Picture:
    """Draw a definition without a state."""
    return _drawn(lambda: (store.definition_of(definition.digest), None, 0.0))


def of_run(run: Any) -> Picture:
    """Draw a run with its current state."""
    return _drawn(lambda: (*store.state(str(run.pk)), store.now()))


def of_record(record: Any) -> Picture:
    """Draw a run with its state at the time of the rollback record."""

    def then() -> tuple[Any, Any, float]:
        saga = store.definition_of(record.run.definition_id)
        return saga, fold(saga, store.journal(str(record.run_id), limit=record.seq)), record.ended_at.timestamp()

    return _drawn(then)


def _drawn(subject: Any) -> Picture:
    try:
        saga, state, at = subject()
        listeners = subscriptions.of(saga.name)
        svg = mark_safe(draw_svg(saga, state, at, subscribers=listeners))  # noqa: S308 - rebuilt through an allow-list
        return Picture(svg, as_text(outline(saga, state, at, subscribers=listeners)))
    except LayoutFailed as failure:
        return Picture(why_not=str(failure))
    except DatabaseError:
        raise
    except Exception as error:  # noqa: BLE001 - a changed row can cause any error
        log.warning("A flowchart could not be drawn: %s: %s", type(error).__name__, error)
        return Picture(why_not="the definition or the journal cannot be read; the seal says more.")
