"""`manage.py sagaflow <sub-command>`: calls a module of `sagaflow.management.sub` and returns its exit code.

To add a command, write its module and add it to SUBCOMMANDS.
"""

import argparse
import os
import sys
from importlib import import_module
from types import ModuleType
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError

from sagaflow.core.errors import InvalidDefinition, InvalidPayload, Refused, SagaflowError
from sagaflow.management.output import CommandFailed, Exit, Output

SUBCOMMANDS = {
    "up": "sagaflow.management.sub.up",
    "worker": "sagaflow.management.sub.worker",
    "sweeper": "sagaflow.management.sub.sweeper",
    "relay": "sagaflow.management.sub.relay",
    "listen": "sagaflow.management.sub.listen",
    "start": "sagaflow.management.sub.start",
    "runs": "sagaflow.management.sub.runs",
    "show": "sagaflow.management.sub.show",
    "watch": "sagaflow.management.sub.watch",
    "monitor": "sagaflow.management.sub.monitor",
    "subscribers": "sagaflow.management.sub.subscribers",
    "export": "sagaflow.management.sub.export",
    "adopt": "sagaflow.management.sub.adopt",
    "import": "sagaflow.management.sub.import_",
    "publish": "sagaflow.management.sub.publish",
    "approve": "sagaflow.management.sub.approve",
    "answer": "sagaflow.management.sub.answer",
    "operate": "sagaflow.management.sub.operate",
    "requests": "sagaflow.management.sub.requests",
    "draw": "sagaflow.management.sub.draw",
    "sequence": "sagaflow.management.sub.sequence",
    "asyncapi": "sagaflow.management.sub.asyncapi",
    "lint": "sagaflow.management.sub.lint",
    "simulate": "sagaflow.management.sub.simulate",
    "verify": "sagaflow.management.sub.verify",
    "anchor": "sagaflow.management.sub.anchor",
    "plan": "sagaflow.management.sub.plan",
    "demo": "sagaflow.management.sub.demo",
}
"""The module of each sub-command, in the order of --help."""

EXIT_CODES = "exit codes: 0 done, 1 the action failed or a check found faults, 2 bad usage, 3 not found or refused"
INTERRUPTED = 130


class Command(BaseCommand):
    help = "Run, watch and repair sagas. `manage.py sagaflow <command> --help` explains one command."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = EXIT_CODES
        commands = parser.add_subparsers(dest="subcommand", required=True, metavar="<command>", title="commands")
        for name, path in SUBCOMMANDS.items():
            _add(commands, name, import_module(path))

    def handle(self, **options: Any) -> None:
        self.stdout.ending = self.stderr.ending = ""
        self.stderr.style_func = None
        color = False if options["no_color"] else (True if options["force_color"] else None)
        stdout, stderr = cast("TextIO", self.stdout), cast("TextIO", self.stderr)  # they write like files
        out = Output(stdout, stderr, as_json=options["json"], color=color)
        code = run(import_module(SUBCOMMANDS[options["subcommand"]]), argparse.Namespace(**options), out)
        if code != Exit.OK:
            sys.exit(code)


def run(module: ModuleType, options: argparse.Namespace, out: Output) -> int:
    """Run a sub-command and return its exit code. An expected error becomes a sentence and an exit code."""
    try:
        return module.handle(options, out) or Exit.OK
    except CommandFailed as error:
        out.fail(str(error), kind=type(error).__name__)
        return error.exit_code
    except SagaflowError as error:
        out.fail(str(error), kind=type(error).__name__)
        return code_of(error)
    except DatabaseError as error:
        remedy = "If tables are missing, run `manage.py migrate`; else check DATABASE_URL."
        out.fail(f"The database failed: {str(error).strip()}. {remedy}", kind="DatabaseError")
        return Exit.FAILED
    except BrokenPipeError:  # the reader of the output has stopped, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    except KeyboardInterrupt:
        return INTERRUPTED


def code_of(error: SagaflowError) -> Exit:
    """Return the exit code of an error: a bad value is bad usage; what is unknown or does not apply is refused."""
    if isinstance(error, InvalidPayload | InvalidDefinition):
        return Exit.USAGE
    if isinstance(error, Refused) or type(error).__name__.startswith("Unknown"):
        return Exit.REFUSED
    return Exit.FAILED


def _add(commands: "argparse._SubParsersAction[CommandParser]", name: str, module: ModuleType) -> None:
    text = (module.__doc__ or "").strip()
    first = text.splitlines()[0]
    parser = commands.add_parser(
        name,
        help=first[0].lower() + first[1:].rstrip("."),
        description=text,
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document on stdout, for machines")
    module.add_arguments(parser)
