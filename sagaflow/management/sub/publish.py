"""Publish an event from outside to a run, by its ID or its key, or to the runs that sagas find by `correlate`.

If the run does not exist yet or has ended, the event is stored in the inbox of unmatched events (exit code 3). If the
run does not expect the event, or had it before, the journal records it as ignored (exit code 1). Publishing an event
again with the same --event-id has no further effect.

Examples:
  manage.py sagaflow publish PackDelivered 3f2a91c0-8d0e-4c1b-9d0f-0a4f6f3f2b11 --payload '{"at": "door"}'
  manage.py sagaflow publish PackDelivered 3f2a91c0 --event-id post-4711
  manage.py sagaflow publish PackDelivered --key order-17
  manage.py sagaflow publish OrderPlaced --payload '{"order": "order-17"}'
"""

import argparse

from sagaflow.management.arguments import add_round, json_of
from sagaflow.management.output import CommandFailed, Exit, Output

CODES = {"accepted": Exit.OK, "ignored": Exit.FAILED, "unmatched": Exit.REFUSED}
SENTENCES = {
    "accepted": "took the event",
    "ignored": "ignored the event and recorded it in its journal",
    "unmatched": "does not exist or has ended; the event is stored in the inbox of unmatched events",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("event", metavar="EVENT", help="name of the event")
    parser.add_argument(
        "run", metavar="RUN", nargs="?", help="correlation ID: the ID of the run, or enough of its first characters"
    )
    parser.add_argument("--run", metavar="RUN", dest="named_run", help="the same as RUN; give one of the two")
    parser.add_argument("--key", help="the key of the run, instead of its ID")
    parser.add_argument("--payload", metavar="JSON", help="payload of the event (default: null); - is standard input")
    parser.add_argument("--event-id", metavar="ID", default="", help="ID by which a repetition is recognised")
    parser.add_argument(
        "--source", metavar="NAME", default="command line", help="name of the sender (default: %(default)s)"
    )
    add_round(parser)


def handle(options: argparse.Namespace, out: Output) -> Exit:
    from sagaflow import engine
    from sagaflow.management.terminal import cell

    named = [name for name in (options.run, options.named_run, options.key) if name is not None]
    if len(named) > 1 or "" in named:
        raise CommandFailed(
            "publish takes one run at most: write it after the event, or as --run or --key.",
            Exit.USAGE,
        )
    run_id = _correlation_id(*named) if named and options.key is None else options.key or ""
    payload = None if options.payload is None else json_of(options.payload, "The payload")
    origin = {"event_id": options.event_id, "source": options.source, "round": options.round}
    outcome = engine.publish(options.event, run_id, payload, **origin)
    shown = {"event": options.event, "run": run_id, "event_id": options.event_id, "outcome": outcome}
    subject = f"Run {run_id}" if named else "The run that the event is for"
    out.answer(shown, lambda: out.say(cell(f"{subject} {SENTENCES[outcome]}.")))
    return CODES[outcome]


def _correlation_id(text: str) -> str:
    """Return the ID of the run, or the text itself, because an event may come before its run."""
    from sagaflow.management.runs import run_id_of, run_ids_starting

    try:
        run_ids = run_ids_starting(text)
    except CommandFailed:
        return text
    return run_id_of(text) if run_ids else text
