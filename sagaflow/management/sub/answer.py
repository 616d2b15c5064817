"""Answer a step that waits for a callback, with the one-time token that its participant was given.

An error is a business error, which rolls the run back, unless --technical makes it one that is tried again. `-`
instead of the token reads it from standard input, so that it stands in no list of processes.

Examples:
  manage.py sagaflow answer - --output '{"parcel": "P-9"}' < token
  manage.py sagaflow answer "$TOKEN" --error address-unknown --message "returned to sender"
"""

import argparse
import sys

from sagaflow.management.given import json_of
from sagaflow.management.output import CommandFailed, Exit, Output

LONGEST = 1000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("token", metavar="TOKEN", help="the callback token; - is standard input")
    outcome = parser.add_mutually_exclusive_group(required=True)
    outcome.add_argument("--output", metavar="JSON", help="it worked, and this is the step's output")
    outcome.add_argument("--error", metavar="CODE", help="it failed, for this reason")
    parser.add_argument("--message", default="", help="with --error: what happened, in words")
    parser.add_argument("--technical", action="store_true", help="with --error: try again instead of rolling back")


def handle(options: argparse.Namespace, out: Output) -> None:
    from sagaflow import engine
    from sagaflow.core.run.state import ErrorKind, StepError
    from sagaflow.management.plain import cell

    if options.error is None and (options.technical or options.message):
        raise CommandFailed("--technical and --message belong to --error.", Exit.USAGE)
    output = None if options.output is None else json_of(options.output, "The output")
    kind = ErrorKind.TECHNICAL if options.technical else ErrorKind.BUSINESS
    error = None if options.error is None else StepError(kind, options.error, options.message)
    decision = engine.answer(_token(options.token), output=output, error=error)
    first = decision.entries[decision.passed].fact
    shown = {"step": first.step, "outcome": "failed" if error else "succeeded", "status": decision.state.status.value}
    out.answer(shown, lambda: out.say(cell(f"Step '{first.step}' has its answer: it {shown['outcome']}.")))


def _token(text: str) -> str:
    token = sys.stdin.read(LONGEST).strip() if text == "-" else text
    if not token:
        raise CommandFailed("The callback token is empty; give the one that the participant got.", Exit.USAGE)
    return token
