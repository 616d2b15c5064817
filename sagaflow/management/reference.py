"""docs/reference/commands.md, written from the parsers: `python -m sagaflow.management.reference` renews it."""

import argparse
from pathlib import Path

from sagaflow.management.commands.sagaflow import SUBCOMMANDS, Command

__all__ = ["FILE", "written"]

FILE = Path(__file__).parents[2] / "docs" / "reference" / "commands.md"
HEAD = """# Commands

Everything below is `manage.py sagaflow <command>`; `--help` says the same in the terminal. This page is written from
the code by `python -m sagaflow.management.reference`.

- **Runs** are named by their ID, or by as many of its first characters (at least 4) as tell it from the others.
- **`--json`**, which every command has, answers with one JSON document on standard output, whose keys are stable;
  `watch` with one in each line. An error is `{"error": {"kind": …, "message": …}}` then, otherwise one sentence on
  standard error.
- **Exit codes**: 0 done · 1 what was asked for failed, or what was looked for was found · 2 bad usage · 3 not found or
  refused.
- **Sensitive fields** of a saga are shown as `•••`. Control characters in texts of users are shown as escapes.
- **Colours** are for terminals only; `NO_COLOR` in the environment or `manage.py sagaflow --no-color …` turns them off.
- **Times** are UTC, by the clock of the database.
"""


def written() -> str:
    """The page."""
    parsers = _parsers()
    contents = "\n".join(f"- [`{name}`](#{name}) {_summary(parsers[name])}" for name in SUBCOMMANDS)
    sections = "\n".join(_section(name, parsers[name]) for name in SUBCOMMANDS)
    return f"{HEAD}\n{contents}\n\n{sections}"


def _parsers() -> dict[str, argparse.ArgumentParser]:
    parser = Command().create_parser("manage.py", "sagaflow")
    chosen = next(each for each in parser._actions if isinstance(each, argparse._SubParsersAction))  # noqa: SLF001
    return dict(chosen.choices)


def _summary(parser: argparse.ArgumentParser) -> str:
    first = (parser.description or "").splitlines()[0].rstrip(".")
    return first[0].lower() + first[1:]


def _section(name: str, parser: argparse.ArgumentParser) -> str:
    blocks = "\n\n".join(_block(block) for block in (parser.description or "").split("\n\n"))
    rows = [_row(each) for each in parser._actions if _is_own(each)]  # noqa: SLF001
    table = ["| argument | meaning |", "| --- | --- |", *rows, ""] if rows else []
    return "\n".join([f"## {name}", "", blocks, "", *table])


def _is_own(action: argparse.Action) -> bool:
    """What every command has stands at the head of the page."""
    return action.help not in (None, argparse.SUPPRESS) and not {"--help", "--json"} & set(action.option_strings)


def _block(block: str) -> str:
    """A paragraph, or what is laid out in lines as it is."""
    if block.startswith("Examples:"):
        lines = "\n".join(line.removeprefix("  ") for line in block.splitlines()[1:])
        return f"```console\n{lines}\n```"
    laid_out = any(line.startswith("  ") for line in block.splitlines())
    return f"```text\n{block}\n```" if laid_out else block


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
