"""Writes the answer of a sub-command: coloured text and tables, or with --json exactly one JSON document on stdout."""

from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from typing import Any, TextIO

from rich.console import Console, RenderableType
from rich.markup import escape
from rich.table import Table

from sagaflow.core.words.steering import visible
from sagaflow.management.terminal import cell, json_text, plain

__all__ = ["CommandFailed", "Exit", "Output", "escape", "grid"]

PIPED_WIDTH = 200


class Exit(IntEnum):
    """The exit codes of every sub-command."""

    OK = 0
    FAILED = 1
    """The action failed, or a check found faults."""
    USAGE = 2
    """The command line, or a value on it, cannot be understood."""
    REFUSED = 3
    """The thing does not exist, or its state does not allow the action."""


class CommandFailed(Exception):
    """A sub-command cannot do its work. The message is a sentence with the remedy."""

    def __init__(self, message: str, exit_code: Exit = Exit.FAILED) -> None:
        self.exit_code = exit_code
        super().__init__(message)


class Output:
    """Writes to standard output and standard error, for people or for machines."""

    def __init__(self, stdout: TextIO, stderr: TextIO, *, as_json: bool = False, color: bool | None = None) -> None:
        self.as_json = as_json
        self._stdout = stdout
        self.console = _console(stdout, color=color)
        """The console for people. It writes nothing under --json, so that live displays need no special case."""
        self.console.quiet = as_json
        self._errors = _console(stderr, color=color)

    def say(self, *things: RenderableType) -> None:
        """Print a line or a renderable for people. Text is rich markup: pass texts of users through `escape`.

        A character that a terminal could act on is shown as its code.
        """
        safe = (visible(thing) if isinstance(thing, str) else thing for thing in things)
        self.console.print(*safe, soft_wrap=True)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "") -> None:
        """Print a table for people; see `grid`."""
        self.console.print(grid(columns, rows, title=title))

    def data(self, value: object) -> None:
        """Write the answer for machines, under --json only. Call it once."""
        if self.as_json:
            self._stdout.write(json_text(value, indent=2) + "\n")

    def answer(self, value: object, render: Callable[[], None]) -> None:
        """Give one answer: `value` for machines, or the output of `render` for people."""
        if self.as_json:
            self.data(value)
        else:
            render()

    def raw(self, text: str) -> None:
        """Write a document such as SVG or DOT unchanged, for people and machines."""
        self._stdout.write(text if text.endswith("\n") else f"{text}\n")

    def warn(self, text: str) -> None:
        """Write a warning to stderr, with and without --json."""
        self._errors.print(f"[yellow]{escape(plain(text, lines=True))}[/yellow]", soft_wrap=True)

    def fail(self, message: str, *, kind: str) -> None:
        """Report an error: on stderr for people, as `{"error": {"kind", "message"}}` on stdout for machines."""
        if self.as_json:
            self.data({"error": {"kind": kind, "message": message}})
        else:
            self._errors.print(f"[red]{escape(plain(message, lines=True))}[/red]", soft_wrap=True)


def _console(file: TextIO, *, color: bool | None) -> Console:
    """Return a console. `color`: True forces colours, False forbids them, None asks the terminal and NO_COLOR."""
    width = None if file.isatty() else PIPED_WIDTH
    options: dict[str, Any] = {"no_color": True if color is False else None, "force_terminal": color or None}
    return Console(file=file, width=width, highlight=False, **options)


def grid(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "") -> Table:
    """Return a table. A cell is shown unchanged; for colour, pass a `rich.text.Text` or another renderable."""
    table = Table(title=title or None, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(value if hasattr(value, "__rich_console__") else cell(value) for value in row))
    return table
