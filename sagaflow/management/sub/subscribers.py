"""List the subscribers of sagas, or remove a subscriber whose code is gone.

The list shows for each saga its subscribers with their team and their events, when a process with their code was last
seen, and the number of undelivered events. A subscriber whose code is gone is removed automatically: soon after its app
was deployed without it, and after a week in any case. --remove removes it immediately, and its undelivered events are
recorded as undelivered. The exit code of --remove is 3 while a process with the code is running.

Examples:
  manage.py sagaflow subscribers
  manage.py sagaflow subscribers --saga create-customer --json
  manage.py sagaflow subscribers --remove newsletter.add_reader
"""

import argparse
from typing import TYPE_CHECKING

from sagaflow.core.json_value import Json
from sagaflow.management.output import CommandFailed, Exit, Output, escape

if TYPE_CHECKING:
    from sagaflow.store.subscriptions import Listed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--saga", metavar="NAME", default="", help="only subscribers of this saga")
    parser.add_argument("--remove", metavar="SUBSCRIBER", default="", help="remove this subscriber from every saga")


def handle(options: argparse.Namespace, out: Output) -> None:
    from sagaflow.core import payload
    from sagaflow.store import subscriptions

    payload.checked([options.saga, options.remove], what="the names")
    if not options.remove:
        subscribers = [_described(listed) for listed in subscriptions.listed(options.saga)]
        out.answer({"subscribers": subscribers}, lambda: _render(out, subscribers))
        return
    if options.saga:
        raise CommandFailed("--remove removes a subscriber from every saga; leave out --saga.", Exit.USAGE)
    ended = subscriptions.remove(options.remove)
    done = {"removed": options.remove, "ended": ended}
    out.answer(
        done, lambda: out.say(f"{escape(options.remove)} is removed. Events that will not be delivered: {ended}.")
    )


def _described(listed: "Listed") -> dict[str, Json]:
    from sagaflow import run_view

    return {
        "saga": listed.subscriber.sagas[0],
        "subscriber": listed.subscriber.name,
        "team": listed.subscriber.team,
        "events": list(listed.subscriber.on),
        "present": not listed.is_silent,
        "seen_at": run_view.iso_time(listed.seen_at),
        "pending": listed.pending,
    }


def _render(out: Output, subscribers: list[dict[str, Json]]) -> None:
    from sagaflow.management.terminal import cell

    if not subscribers:
        out.say("No app subscribes to events.")
        return
    rows = [
        (
            subscriber["saga"],
            subscriber["subscriber"],
            subscriber["team"],
            ", ".join(subscriber["events"]),
            cell("present", "green") if subscriber["present"] else cell(f"last seen {subscriber['seen_at']}", "yellow"),
            subscriber["pending"],
        )
        for subscriber in subscribers
    ]
    out.table(("SAGA", "SUBSCRIBER", "TEAM", "EVENTS", "CODE", "PENDING"), rows)
