"""Send hints again for every run that is overdue, so that nothing is lost when the broker loses messages.

Also deletes events that no run took and callbacks that nobody used, when their time is over, writes anchors
(see `sagaflow anchor`), and carries out bulk repairs. Several may run at once.
"""

import argparse

from sagaflow.management.output import Output
from sagaflow.processes.loop import LONGEST_DUTY


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help="sweep once and say how many hints were sent")


def handle(options: argparse.Namespace, out: Output) -> None:
    from sagaflow.processes import actors, anchoring, bulk_repair, sweeper

    if options.once:
        sent = sweeper.sweep_once()
        actors.current().flush(10.0)
        out.answer({"hints": sent}, lambda: out.say(f"Sent {sent} hints."))
        return
    out.say("Sweeping; Ctrl-C ends it.")
    others = [anchoring.loop(), bulk_repair.loop()]
    for loop in others:
        loop.start()
    sweeper.loop().until_signal()
    for loop in others:
        loop.stop(timeout=LONGEST_DUTY)
