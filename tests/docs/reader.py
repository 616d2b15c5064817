"""Follows a page: executes its Python and its commands, one after the other, on a real database.

The blocks of a page share their names. A command is followed by its output, in which `…` stands for anything in a
line, and a line with nothing but `…` for any number of lines.
"""

import io
import json
import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management import CommandError, call_command
from django.test import Client

from sagaflow import engine, signals
from tests.docs.markdown import Block, blocks

PROMPT = "$ "
COMMAND = "python manage.py "
CATCH = re.compile(r"^(\w+)=\$\((.*)\)$")
ANYTHING = "…"


class Reader:
    """A reader who follows a page step by step."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.names: dict[str, Any] = {"__name__": f"docs.{name}"}
        self.shell: dict[str, str] = {}
        self.code = 0
        self.answer: Any = None

    def read(self, text: str) -> None:
        """Execute every block of the page that can be executed."""
        for block in blocks(text):
            if block.language == "python":
                self.execute(block)
            elif block.language == "console":
                with hints_at_work():
                    self.type_in(block)
            elif block.language == "http":
                self.send(block)

    def execute(self, block: Block) -> None:
        """Execute Python; a failure points at the line of the page."""
        code = "\n" * (block.line - 1) + block.text
        exec(compile(code, self.name, "exec"), self.names)

    def type_in(self, block: Block) -> None:
        """Run commands and compare the output of each."""
        for command, expected in dialogue(block.text):
            if caught := CATCH.match(command):
                self.shell[caught[1]] = self.run(caught[2]).strip()
                continue
            printed = self.run(command)
            assert agrees(expected, printed), (
                f"{self.name}: $ {command}\nprints\n{printed}\nbut the page says\n{expected}"
            )
            assert self.code == 0 or "echo $?" in block.text, (
                f"{self.name}: $ {command} ends with {self.code}\n{printed}"
            )

    def send(self, block: Block) -> None:
        """Send a request, or compare the response to the previous request."""
        head, _, body = block.text.partition("\n\n")
        first, *headers = head.splitlines()
        if first.startswith("HTTP/"):
            shown = (int(first.split()[1]), json.loads(body))
            found = (self.answer.status_code, self.answer.json())
            assert found[0] == shown[0], f"{self.name}: line {block.line}: {found}"
            assert found[1] | _known(shown[1]) == found[1], f"{self.name}: line {block.line}: {found}"
            return
        method, path = first.split()
        given = dict(header.split(": ", 1) for header in headers)
        kind = given.pop("Content-Type", "application/json")
        credential = {"Authorization": f"Bearer {self.names['TOKEN']}"}
        self.answer = Client().generic(method, path, body, kind, headers=given | credential)

    def run(self, command: str) -> str:
        """The output of one command."""
        if command == "echo $?":
            printed, self.code = f"{self.code}\n", 0
            return printed
        assert command.startswith(COMMAND), f"{self.name}: the tests do not know how to run {command!r}"
        known = re.sub(
            r"\$(\w+)", lambda name: self.shell.get(name[1]) or self.names[name[1]], command.removeprefix(COMMAND)
        )
        self.code, printed = manage(*shlex.split(known))
        return printed


def dialogue(text: str) -> Iterator[tuple[str, str]]:
    """Each command with its output. A command goes on in the next line after a backslash and inside quotation marks."""
    joined = re.sub(r" *\\\n *", " ", text)
    for part in ("\n" + joined).split("\n" + PROMPT)[1:]:
        lines = part.splitlines()
        ends = next(number for number in range(1, len(lines) + 1) if not "\n".join(lines[:number]).count('"') % 2)
        yield "\n".join(lines[:ends]), "\n".join(lines[ends:])


def manage(*arguments: str) -> tuple[int, str]:
    """The exit code of `manage.py`, and what it printed on either stream."""
    printed = io.StringIO()
    try:
        call_command(*arguments, stdout=printed, stderr=printed)
    except SystemExit as end:
        return int(end.code or 0), printed.getvalue()
    except CommandError as error:
        return 2, f"{printed.getvalue()}{error}\n"
    return 0, printed.getvalue()


def _known(told: dict[str, Any]) -> dict[str, Any]:
    """The members of a response whose value the page shows."""
    return {name: value for name, value in told.items() if value != ANYTHING}


def agrees(expected: str, printed: str) -> bool:
    """True if the page shows this output; a page that shows no output accepts any."""
    lines = [line.rstrip() for line in expected.splitlines() if line.strip()]
    if not lines:
        return True
    plain = "".join(f"{re.sub(r' +', ' ', line).rstrip()}\n" for line in printed.splitlines() if line.strip())
    return re.fullmatch("".join(map(_pattern, lines)), plain) is not None


def _pattern(line: str) -> str:
    if line.strip() == ANYTHING:
        return r"(?:.*\n)*"
    return re.escape(re.sub(r" +", " ", line)).replace(ANYTHING, ".*") + r"\n"


@contextmanager
def hints_at_work() -> Iterator[None]:
    """A worker in this thread that follows each hint as soon as it is committed."""

    def follow(*, run_id: str, **_: Any) -> None:
        engine.wake(run_id, worker="reader")

    signals.work_due.connect(follow, dispatch_uid="tests.docs")
    try:
        yield
    finally:
        signals.work_due.disconnect(dispatch_uid="tests.docs")
