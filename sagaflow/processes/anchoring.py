"""Write anchors from time to time. The receipt of each goes to the log, which users of the database cannot change."""

import logging

from sagaflow import conf
from sagaflow.processes.loop import Loop
from sagaflow.store.proof import anchors

__all__ = ["anchor_once", "loop"]

log = logging.getLogger(__name__)


def loop() -> Loop:
    """Return the loop that writes an anchor when ANCHOR_INTERVAL is over and something has happened since the last."""
    interval = conf.current().anchor_interval
    return Loop("anchoring", lambda: anchor_once(interval), interval)


def anchor_once(interval: float) -> None:
    """Write an anchor if one is due, and more anchors at once if one cannot cover everything."""
    written = anchors.write_due(interval)
    while written:
        log.info("Wrote anchor %s over %d items.", anchors.receipt(written), written.items)
        written = anchors.write()
