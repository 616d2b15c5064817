"""Which run a person means: its whole ID, or as many of the first characters as tell it from the others."""

import argparse
import re

from sagaflow.management.output import CommandFailed, Exit

__all__ = ["HELP", "add_run", "run_id_of", "run_ids_starting"]

SHORTEST = 4
LISTED = 10
HELP = f"ID of a run, or at least its first {SHORTEST} characters"


def add_run(parser: argparse.ArgumentParser) -> None:
    """The argument RUN."""
    parser.add_argument("run", metavar="RUN", help=HELP)


def run_id_of(text: str) -> str:
    """The ID of the one run that ``text`` names.

    Raises:
        CommandFailed: it is too short, no ID, or the beginning of several IDs; the message lists them.
        UnknownRun: no run has it.
    """
    from sagaflow.store import UnknownRun

    found = run_ids_starting(text)
    if not found:
        raise UnknownRun(text)
    if len(found) > 1:
        listed = ", ".join(found[:LISTED]) + (" and more" if len(found) > LISTED else "")
        raise CommandFailed(
            f"'{text}' is the beginning of several run IDs: {listed}. Give more characters.", Exit.REFUSED
        )
    return found[0]


def run_ids_starting(text: str) -> list[str]:
    """IDs of the runs that ``text`` may name; of many, one more than a message lists.

    Raises:
        CommandFailed: it is too short, or not the beginning of any ID.
    """
    from sagaflow.store.lists import lookup

    digits = text.strip().lower().replace("-", "")
    if not re.fullmatch(r"[0-9a-f]{1,32}", digits):
        raise CommandFailed(f"'{text[:100]}' is not the ID of a run; `sagaflow runs` lists them.", Exit.USAGE)
    if len(digits) < SHORTEST:
        raise CommandFailed(
            f"'{text}' is too short for the ID of a run; give at least {SHORTEST} characters.", Exit.USAGE
        )
    return lookup.starting_with(digits, limit=LISTED + 1)
