"""List who subscribes to sagas from an app of its own, or remove one whose code is gone.

Lists for each saga its subscribers with their team, their events, when a process with their code was last seen, and how
many events they have not got yet. One whose code is gone is forgotten by itself: soon after its app was deployed
without it, and after a week in any case. --remove does it at once. Each event that it has not got then ends as
undelivered, and says so. The exit code of --remove is 3 while a process with the code is there.

Examples:
  manage.py sagaflow subscribers
  manage.py sagaflow subscribers --saga create-customer --json
  manage.py sagaflow subscribers --remove newsletter.add_reader
"""

import argparse
from typing import Any

from sagaflow.management.output import CommandFailed, Exit, Output


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--saga", metavar="NAME", default="", help="only subscribers of this saga")
    parser.add_argument("--remove", metavar="SUBSCRIBER", default="", help="forget this one, of every saga")


def handle(options: argparse.Namespace, out: Output) -> None:
    from sagaflow.core import payload
    from sagaflow.store import subscriptions

    payload.checked([options.saga, options.remove], what="the names")
    if not options.remove:
        found = [_told(each) for each in subscriptions.listed(options.saga)]
        out.answer({"subscribers": found}, lambda: _render(out, found))
        return
    if options.saga:
        raise CommandFailed("--remove forgets a subscriber of every saga; leave --saga out.", Exit.USAGE)
    ended = subscriptions.remove(options.remove)
    done = {"removed": options.remove, "ended": ended}
    out.answer(done, lambda: out.say(f"{options.remove} is removed; undelivered events that ended so: {ended}."))


def _told(each: Any) -> dict[str, Any]:
    from sagaflow import run_view

    return {
        "saga": each.subscriber.sagas[0],
        "subscriber": each.subscriber.name,
        "team": each.subscriber.team,
        "events": list(each.subscriber.on),
        "present": not each.is_silent,
        "seen_at": run_view.iso_time(each.seen_at),
        "pending": each.pending,
    }


def _render(out: Output, found: list[dict[str, Any]]) -> None:
    from sagaflow.management.plain import cell

    if not found:
        out.say("There are no subscribers.")
        return
    rows = [
        (
            each["saga"],
            each["subscriber"],
            each["team"],
            ", ".join(each["events"]),
            cell("present", "green") if each["present"] else cell(f"last seen {each['seen_at']}", "yellow"),
            each["pending"],
        )
        for each in found
    ]
    out.table(("SAGA", "SUBSCRIBER", "TEAM", "EVENTS", "CODE", "PENDING"), rows)
