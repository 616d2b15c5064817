"""Writes anchors from time to time. The receipt of each goes to the log, out of reach of whoever has the database."""

import logging

from sagaflow import conf
from sagaflow.processes.loop import Loop
from sagaflow.store.proof import anchors

__all__ = ["anchor_once", "loop"]

log = logging.getLogger(__name__)


def loop() -> Loop:
    """Writes an anchor whenever the last one is older than ANCHOR_INTERVAL and something has happened since."""
    interval = conf.current().anchor_interval
    return Loop("anchoring", lambda: anchor_once(interval), interval)


def anchor_once(interval: float) -> None:
    """One anchor if it is due, and more at once while much is left to be covered."""
    written = anchors.write_due(interval)
    while written:
        log.info("Wrote anchor %s over %d items.", anchors.receipt(written), written.items)
        written = anchors.write()
