"""List the actions that wait for a second person, give one of them, or refuse it.

An operator asks for such an action with `operate --ask`, and another operator gives it here, which does it. The
operator who asked cannot give it, and refusing it withdraws it. A request is outdated once the run has gone on: then it
cannot be given (exit code 3), and is asked for again.

Examples:
  manage.py sagaflow requests
  manage.py sagaflow requests --give 5e1f6a62-0f5b-4f0c-9f6b-6f6f1f0a7c21 --note "I saw the transfer"
  manage.py sagaflow requests --refuse 5e1f6a62-0f5b-4f0c-9f6b-6f6f1f0a7c21 --note "not before Monday"
  manage.py sagaflow requests --answered --json
"""

import argparse
from typing import TYPE_CHECKING

from sagaflow.core.json_value import Json
from sagaflow.management.arguments import by_of
from sagaflow.management.output import Output

if TYPE_CHECKING:
    from sagaflow.store.act_requests import Request


def add_arguments(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--give", metavar="REQUEST", help="do what another operator asked for")
    what.add_argument("--refuse", metavar="REQUEST", help="refuse it, or withdraw your own request")
    what.add_argument("--answered", action="store_true", help="list those that were answered, instead of the open ones")
    parser.add_argument("--note", default="", help="saved with the answer; required to refuse another person's request")
    parser.add_argument("--by", metavar="NAME", help="your name (default: the name that you are logged in with)")


def handle(options: argparse.Namespace, out: Output) -> None:
    from sagaflow import engine
    from sagaflow.management.terminal import cell
    from sagaflow.store import act_requests

    if options.give:
        by = by_of(options)
        act = engine.give(options.give, by=by, note=options.note)
        detail = act.detail if act else "the bulk repair begins"
        shown = {
            "request": options.give,
            "outcome": "given",
            "by": by,
            "detail": _told(act.verb if act else "", detail),
        }
        out.answer(shown, lambda: out.say(cell(f"Given by {by}: {shown['detail']}.")))
    elif options.refuse:
        by = by_of(options)
        outcome = engine.refuse(options.refuse, by=by, note=options.note)
        shown = {"request": options.refuse, "outcome": outcome, "by": by, "detail": ""}
        out.answer(shown, lambda: out.say(cell(f"{outcome.capitalize()} by {by}. Nothing was changed.")))
    else:
        found = [_described(each) for each in act_requests.newest(is_open=not options.answered)]
        out.answer({"requests": found}, lambda: _render(out, found, answered=options.answered))


def _told(verb: str, detail: str) -> str:
    """Return the detail of the act. The old and the new input are in the history, and are not repeated here."""
    return "the input was replaced" if verb == "retry_with_input" else detail


def _described(asked: "Request") -> dict[str, Json]:
    from sagaflow import engine, run_view

    answer = asked.answer
    return {
        "request": asked.request_id,
        "run": asked.run_id,
        "repair": asked.repair_id,
        "verb": asked.verb,
        "step": asked.step,
        "by": asked.by,
        "reason": asked.reason,
        "at": run_view.iso_time(asked.at.timestamp()),
        "status": answer.outcome if answer else "outdated" if engine.is_outdated(asked) else "open",
        "answered_by": answer.by if answer else "",
        "note": answer.note if answer else "",
    }


def _render(out: Output, found: list[dict[str, Json]], *, answered: bool) -> None:
    if not found:
        out.say("No request was answered yet." if answered else "No request waits for a second person.")
        return
    rows = [
        (
            each["request"],
            each["verb"],
            each["step"],
            each["run"] or f"bulk repair {each['repair']}",
            f"{each['by']}: {each['reason']}",
            f"{each['status']} {each['answered_by']} {each['note']}".strip(),
        )
        for each in found
    ]
    out.table(("REQUEST", "VERB", "STEP", "RUN", "ASKED BY", "STATUS"), rows)
