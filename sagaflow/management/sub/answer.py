"""Answer a step that waits for a callback, with the one-time token of its participant.

An error is a business error, which rolls the run back. With --technical it is a technical error, which is retried.
`-` instead of the token reads it from standard input, so that no list of processes shows it.

Examples:
  manage.py sagaflow answer - --output '{"parcel": "P-9"}' < token
  manage.py sagaflow answer "$TOKEN" --error address-unknown --message "returned to sender"
"""

import argparse
import sys

from sagaflow.management.arguments import json_of
from sagaflow.management.output import CommandFailed, Exit, Output

LONGEST = 1000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("token", metavar="TOKEN", help="the callback token; - is standard input")
    outcome = parser.add_mutually_exclusive_group(required=True)
    outcome.add_argument("--output", metavar="JSON", help="the step succeeded with this output")
    outcome.add_argument("--error", metavar="CODE", help="the step failed with this error code")
    parser.add_argument("--message", default="", help="with --error: the error message")
    parser.add_argument("--technical", action="store_true", help="with --error: retry instead of rolling back")


def handle(options: argparse.Namespace, out: Output) -> None:
    from sagaflow import engine
    from sagaflow.core.run.facts import StepFailed, StepSucceeded
    from sagaflow.core.run.state import ErrorKind, StepError
    from sagaflow.management.terminal import cell

    if options.error is None and (options.technical or options.message):
        raise CommandFailed("--technical and --message belong to --error.", Exit.USAGE)
    output = None if options.output is None else json_of(options.output, "The output")
    kind = ErrorKind.TECHNICAL if options.technical else ErrorKind.BUSINESS
    error = None if options.error is None else StepError(kind, options.error, options.message)
    decision = engine.answer(_token(options.token), output=output, error=error)
    first = decision.entries[decision.passed].fact
    assert isinstance(first, StepSucceeded | StepFailed), "an answer is recorded as the outcome of its step"
    shown = {"step": first.step, "outcome": "failed" if error else "succeeded", "status": decision.state.status.value}
    out.answer(shown, lambda: out.say(cell(f"Step '{first.step}' {shown['outcome']}.")))


def _token(text: str) -> str:
    token = sys.stdin.read(LONGEST).strip() if text == "-" else text
    if not token:
        raise CommandFailed("The callback token is empty; give the token that the participant got.", Exit.USAGE)
    return token
