"""Writes docs/reference/commands.md from the parsers: `python -m sagaflow.management.reference`."""

import argparse
import textwrap
from pathlib import Path

from sagaflow.management.commands.sagaflow import SUBCOMMANDS, Command

__all__ = ["FILE", "written"]

FILE = Path(__file__).parents[2] / "docs" / "reference" / "commands.md"
HEAD = """# Commands

Call each command as `manage.py sagaflow <command>`. `--help` shows the same text in the terminal.
`python -m sagaflow.management.reference` writes this page from the code.

- **Runs**: give the ID of a run, or at least its first 4 characters. More are needed if several IDs
  have the same beginning.
- **`--json`**: every command has this option. The answer is one JSON document on standard output,
  with stable keys; `watch` writes one document per line. With it, an error is
  `{"error": {"kind": …, "message": …}}`, otherwise a sentence on standard error.
- **Exit codes**: 0 done · 1 the action failed, or a check found faults · 2 bad usage · 3 not found
  or refused.
- **Sensitive fields** of a saga are shown as `•••`. Control characters in texts of users are shown
  as escapes.
- **Colours** are for terminals only. `NO_COLOR` in the environment, or
  `manage.py sagaflow --no-color …`, turns them off.
- **Times** are in UTC, from the clock of the database.
"""
WIDTH = 100
"""Columns of a line of prose."""


def written() -> str:
    """Return the content of the page."""
    parsers = _parsers()
    contents = "\n".join(_wrapped(f"- [`{name}`](#{name}): {_summary(parsers[name])}") for name in SUBCOMMANDS)
    sections = "\n".join(_section(name, parsers[name]) for name in SUBCOMMANDS)
    return f"{HEAD}\n{contents}\n\n{sections}"


def _parsers() -> dict[str, argparse.ArgumentParser]:
    parser = Command().create_parser("manage.py", "sagaflow")
    commands = next(action for action in parser._actions if isinstance(action, argparse._SubParsersAction))  # noqa: SLF001
    return dict(commands.choices)


def _summary(parser: argparse.ArgumentParser) -> str:
    first = (parser.description or "").splitlines()[0].rstrip(".")
    return first[0].lower() + first[1:]


def _section(name: str, parser: argparse.ArgumentParser) -> str:
    blocks = "\n\n".join(_block(block) for block in (parser.description or "").split("\n\n"))
    rows = [_row(action) for action in parser._actions if _is_own(action)]  # noqa: SLF001
    table = ["| argument | meaning |", "| --- | --- |", *rows, ""] if rows else []
    return "\n".join([f"## {name}", "", blocks, "", *table])


def _is_own(action: argparse.Action) -> bool:
    """False for the options of every command, which the head of the page describes."""
    return action.help not in (None, argparse.SUPPRESS) and not {"--help", "--json"} & set(action.option_strings)


def _block(block: str) -> str:
    """Return a paragraph, wrapped, or a block of examples or aligned lines unchanged."""
    if block.startswith("Examples:"):
        lines = "\n".join(line.removeprefix("  ") for line in block.splitlines()[1:])
        return f"```console\n{lines}\n```"
    laid_out = any(line.startswith("  ") for line in block.splitlines())
    return f"```text\n{block}\n```" if laid_out else _wrapped(block)


def _wrapped(paragraph: str) -> str:
    indent = "  " if paragraph.startswith("- ") else ""
    lines = textwrap.wrap(paragraph, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines)


def _row(action: argparse.Action) -> str:
    value = action.metavar or ("|".join(map(str, action.choices)) if action.choices else action.dest.upper())
    takes = "" if action.nargs == 0 else f" {value}" if action.nargs != "?" else f" [{value}]"
    shown = ", ".join(f"{option}{takes}" for option in action.option_strings) or takes.strip()
    meaning = str(action.help) % {**vars(action), "prog": "sagaflow"}
    required = " (required)" if action.option_strings and action.required else ""
    return f"| `{_cell(shown)}` | {_cell(meaning)}{required} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(written())
