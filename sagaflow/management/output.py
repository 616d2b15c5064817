"""What a sub-command says: coloured text and tables for people, or with --json exactly one JSON document on stdout."""

from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from typing import Any, TextIO

from rich.console import Console, RenderableType
from rich.markup import escape
from rich.table import Table

from sagaflow.management.plain import cell, json_text, plain

__all__ = ["CommandFailed", "Exit", "Output", "escape", "grid"]

PIPED_WIDTH = 200


class Exit(IntEnum):
    """The exit codes of every sub-command."""

    OK = 0
    FAILED = 1
    """What was asked for failed, or what was looked for was found."""
    USAGE = 2
    """The command line, or a value on it, cannot be understood."""
    REFUSED = 3
    """The thing does not exist, or does not allow that as it is now."""


class CommandFailed(Exception):
    """A sub-command cannot do what it was asked for; the message is a sentence with the remedy."""

    def __init__(self, message: str, exit_code: Exit = Exit.FAILED) -> None:
        self.exit_code = exit_code
        super().__init__(message)


class Output:
    """Where a sub-command writes."""

    def __init__(self, stdout: TextIO, stderr: TextIO, *, as_json: bool = False, color: bool | None = None) -> None:
        self.as_json = as_json
        self._stdout = stdout
        self.console = _console(stdout, color=color)
        """For people; silent under --json, so that live displays need no case of their own."""
        self.console.quiet = as_json
        self._errors = _console(stderr, color=color)

    def say(self, *things: RenderableType) -> None:
        """A line or a renderable for people. Text is rich markup: put what is not yours through `escape`."""
        self.console.print(*things, soft_wrap=True)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str = "") -> None:
        """Rows for people; see `grid`."""
        self.console.print(grid(columns, rows, title=title))

    def data(self, value: Any) -> None:
        """The answer for machines, under --json only: call it once."""
        if self.as_json:
            self._stdout.write(json_text(value, indent=2) + "\n")

    def answer(self, value: Any, render: Callable[[], None]) -> None:
        """One answer in both forms: `value` for machines, or what `render` says for people."""
        if self.as_json:
            self.data(value)
        else:
            render()

    def raw(self, text: str) -> None:
        """A document such as SVG or DOT, as it is, for people and machines alike."""
        self._stdout.write(text if text.endswith("\n") else f"{text}\n")

    def warn(self, text: str) -> None:
        """A remark on stderr, in either form."""
        self._errors.print(f"[yellow]{escape(plain(text, lines=True))}[/yellow]", soft_wrap=True)

    def fail(self, message: str, *, kind: str) -> None:
        """An error: on stderr for people, as `{"error": {"kind", "message"}}` on stdout for machines."""
        if self.as_json:
            self.data({"error": {"kind": kind, "message": message}})
        else:
            self._errors.print(f"[red]{escape(plain(message, lines=True))}[/red]", soft_wrap=True)


def _console(file: TextIO, *, color: bool | None) -> Console:
    """`color`: True forces colours, False forbids them, None lets the terminal (and NO_COLOR) decide."""
    width = None if file.isatty() else PIPED_WIDTH
    told = {"no_color": True if color is False else None, "force_terminal": color or None}
    return Console(file=file, width=width, highlight=False, **told)


def grid(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str = "") -> Table:
    """A table. A cell is shown as it is; for colour, give a `rich.text.Text` or another renderable."""
    table = Table(title=title or None, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(each if hasattr(each, "__rich_console__") else cell(each) for each in row))
    return table
