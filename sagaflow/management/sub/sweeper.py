"""Send hints again for overdue runs, so that runs continue even if the broker loses messages.

The sweeper also deletes unmatched events and unused callbacks when they expire, writes anchors (see `sagaflow anchor`),
and carries out bulk repairs. Several sweepers may run at the same time.
"""

import argparse

from sagaflow.management.output import Output
from sagaflow.processes.loop import LONGEST_DUTY


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help="sweep once, and print the number of hints")


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
