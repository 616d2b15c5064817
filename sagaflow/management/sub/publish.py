"""Publish an event from outside to a run, by its ID or its key, or to the runs that sagas find by `correlate`.

If the run does not exist yet or has ended, the event is stored in the inbox of unmatched events (exit code 3). If the
run does not expect the event, or had it before, the journal records it as ignored (exit code 1). Publishing an event
again with the same --event-id has no further effect. After the event, a whole ID or a key may follow; a text that could
be a key or the beginning of an ID, such as 4711, is refused: write it as --key or as --run.

Examples:
  manage.py sagaflow publish PackDelivered 3f2a91c0-8d0e-4c1b-9d0f-0a4f6f3f2b11 --payload '{"at": "door"}'
  manage.py sagaflow publish PackDelivered --run 3f2a91c0 --event-id post-4711
  manage.py sagaflow publish PackDelivered --key 4711
  manage.py sagaflow publish PackDelivered order-17
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
    parser.add_argument("run", metavar="RUN", nargs="?", help="correlation ID: the whole ID of the run, or its key")
    parser.add_argument("--run", metavar="ID", dest="named_run", help="the ID of the run, or its first characters")
    parser.add_argument("--key", help="the key of the run, also one of digits only")
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
    if len(named) > 1:
        raise CommandFailed(
            "publish takes one run at most: write it after the event, or as --run or --key.",
            Exit.USAGE,
        )
    if "" in named:
        raise CommandFailed("The run or its key is empty: write one, or leave it out.", Exit.USAGE)
    run_id = _correlation_id(options)
    payload = None if options.payload is None else json_of(options.payload, "The payload")
    origin = {"event_id": options.event_id, "source": options.source, "round": options.round}
    outcome = engine.publish(options.event, run_id, payload, **origin)
    shown = {"event": options.event, "run": run_id, "event_id": options.event_id, "outcome": outcome}
    subject = f"Run {run_id}" if named else "The run that the event is for"
    out.answer(shown, lambda: out.say(cell(f"{subject} {SENTENCES[outcome]}.")))
    return CODES[outcome]


def _correlation_id(options: argparse.Namespace) -> str:
    """Return the ID or the key of the run. It need not exist: an event may come before its run.

    Raises:
        CommandFailed: the text after the event may be a key or the beginning of an ID, or --run is not an ID.
    """
    from sagaflow.management.runs import is_beginning, run_id_of, whole

    if options.named_run is not None:
        return whole(options.named_run) or run_id_of(options.named_run)
    text = options.run
    if text is not None and is_beginning(text):
        raise CommandFailed(
            f"'{text}' may be a key or the beginning of a run ID. Write --key {text} for the run with this key, or "
            f"--run {text} for the run whose ID begins with it.",
            Exit.USAGE,
        )
    return options.key or (text and whole(text)) or text or ""
