"""Finds the run that the user names by its ID, or by enough of its first characters to be unique."""

import argparse
import re
from uuid import UUID

from sagaflow.management.output import CommandFailed, Exit

__all__ = ["HELP", "add_run", "is_beginning", "run_id_of", "whole"]

SHORTEST = 4
WHOLE = 32
"""The number of hexadecimal digits of a whole ID."""
DIGITS = re.compile(r"[0-9a-f]{1,32}")
LISTED = 10
HELP = f"ID of a run, or at least its first {SHORTEST} characters"


def add_run(parser: argparse.ArgumentParser) -> None:
    """Add the argument RUN."""
    parser.add_argument("run", metavar="RUN", help=HELP)


def run_id_of(text: str) -> str:
    """Return the ID of the run that ``text`` names.

    Raises:
        CommandFailed: the text is too short, not an ID, or the beginning of several IDs; the message lists them.
        UnknownRun: the run does not exist.
    """
    from sagaflow.store import UnknownRun

    run_ids = _run_ids_starting(text)
    if not run_ids:
        raise UnknownRun(text)
    if len(run_ids) > 1:
        listed = ", ".join(run_ids[:LISTED]) + (" and more" if len(run_ids) > LISTED else "")
        raise CommandFailed(
            f"'{text}' is the beginning of several run IDs: {listed}. Give more characters.", Exit.REFUSED
        )
    return run_ids[0]


def whole(text: str) -> str | None:
    """Return the whole ID of a run that the text is, in its usual form; ``None``: the text is not one."""
    digits = _digits(text)
    return str(UUID(digits)) if len(digits) == WHOLE and DIGITS.fullmatch(digits) else None


def is_beginning(text: str) -> bool:
    """Return True if IDs may begin with the text, which is not a whole one."""
    return whole(text) is None and bool(DIGITS.fullmatch(_digits(text)))


def _digits(text: str) -> str:
    return text.strip().lower().replace("-", "")


def _run_ids_starting(text: str) -> list[str]:
    """Return the IDs of the runs that ``text`` may name, at most one more than a message lists.

    Raises:
        CommandFailed: the text is too short, or cannot be the beginning of an ID.
    """
    from sagaflow.store.lists import lookup

    digits = _digits(text)
    if not DIGITS.fullmatch(digits):
        raise CommandFailed(f"'{text[:100]}' is not the ID of a run; `sagaflow runs` lists them.", Exit.USAGE)
    if len(digits) < SHORTEST:
        raise CommandFailed(
            f"'{text}' is too short for the ID of a run; give at least {SHORTEST} characters.", Exit.USAGE
        )
    return lookup.starting_with(digits, limit=LISTED + 1)
