"""Deliver published events to the output sinks, at least once each, until every sink has taken them.

The setting OUTPUT_SINKS names the sinks; without it the events are sent as the Django signal `event_published`.
"""

import argparse

from sagaflow.management.output import Exit, Output


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--once",
        action="store_true",
        help="deliver the events that are due now, and print the numbers of sent and failed ones",
    )


def handle(options: argparse.Namespace, out: Output) -> Exit:
    from sagaflow.processes import relay

    if options.once:
        tally = relay.relay_once()
        out.answer(
            {"sent": tally.sent, "failed": tally.failed}, lambda: out.say(f"{tally.sent} sent, {tally.failed} failed.")
        )
        return Exit.FAILED if tally.failed else Exit.OK
    out.say("Relaying events; Ctrl-C ends it.")
    relay.loop().until_signal()
    return Exit.OK
