"""Runs the real command through Django, with real runs in the database."""

import io
import json
import sys
from typing import Any, NamedTuple

import pytest
from django.core.management import CommandError, call_command

from sagaflow import engine
from sagaflow.testing import drive
from tests.cli import sagas

INPUT = {"order": "A-1", "total": 12, "payment": {"card": "4111-1111"}, "note": "[bold]x[/bold]\x1b]0;owned\x07"}


class CommandResult(NamedTuple):
    """The output of a command, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture(autouse=True)
def _database(db):
    sagas.tokens.clear()


def sf(*arguments: str, stdin: str | bytes | None = None, **options: Any) -> CommandResult:
    """``manage.py sagaflow <arguments>``: a usage error counts as exit code 2, as in a terminal."""
    stdout, stderr, real = io.StringIO(), io.StringIO(), sys.stdin
    if stdin is not None:
        sys.stdin = io.TextIOWrapper(io.BytesIO(stdin.encode() if isinstance(stdin, str) else stdin))
    code = 0
    try:
        call_command("sagaflow", *arguments, stdout=stdout, stderr=stderr, **options)
    except SystemExit as end:
        code = int(end.code or 0)
    except CommandError as error:
        return CommandResult(2, stdout.getvalue(), str(error))
    finally:
        sys.stdin = real
    return CommandResult(code, stdout.getvalue(), stderr.getvalue())


def started(name: str = "cli-order", given: Any = INPUT, **fail: str) -> str:
    """A run that has done every step it can; ``pay_do="business"`` makes that step fail."""
    plan = {key.replace("_", ":"): kind for key, kind in fail.items()}
    run_id = engine.start(name, {**given, "fail": plan} if plan else given, by="ann")
    drive(run_id)
    return run_id


def status(run_id: str) -> str:
    return engine.state(run_id)[1].status.value
