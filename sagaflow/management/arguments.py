"""Reads arguments of the command line: JSON, files, standard input, numbers, and the name of the operator."""

import argparse
import getpass
import math
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from sagaflow.core import payload
from sagaflow.core.json_value import Json
from sagaflow.management.output import CommandFailed, Exit

__all__ = [
    "add_operator",
    "add_round",
    "binary_file",
    "by_of",
    "json_file",
    "json_of",
    "payload_limit",
    "positive",
    "text_of",
    "whole",
]

LATEST_ROUND = 10**9


def json_of(text: str, what: str) -> Json:
    """Return the value of a JSON argument. ``-`` reads standard input.

    Raises:
        InvalidPayload: the text breaks a rule of the strict parser.
    """
    from sagaflow.encoding import parse_payload  # needs settings, which are not there when arguments are parsed

    content = text_of("-", what, limit=payload_limit()) if text == "-" else _utf8(text, what)
    return parse_payload(content, what=what)


def json_file(path: str, what: str) -> Json:
    """Return the value of a JSON file. ``-`` is standard input.

    Raises:
        InvalidPayload: the content breaks a rule of the strict parser.
        CommandFailed: the file cannot be read.
    """
    from sagaflow.encoding import parse_payload

    return parse_payload(text_of(path, what, limit=payload_limit()), what=f"The file '{path}'")


def text_of(path: str, what: str, *, limit: int = payload.MAX_SIZE) -> bytes:
    """Return the content of a file, at most ``limit`` bytes and one. ``-`` is standard input.

    Raises:
        CommandFailed: the file cannot be read.
    """
    with binary_file(path, what) as file:
        return file.read(limit + 1)


@contextmanager
def binary_file(path: str, what: str) -> Iterator[BinaryIO]:
    """Open a file to read bytes. ``-`` is standard input.

    Raises:
        CommandFailed: the file cannot be opened or read.
    """
    try:
        if path == "-":
            yield sys.stdin.buffer
            return
        with Path(path).open("rb") as file:
            yield file
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise CommandFailed(f"{what} '{path}' cannot be read: {why}.", Exit.USAGE) from error


def add_operator(parser: argparse.ArgumentParser) -> None:
    """Add the options of every operator action."""
    parser.add_argument("--reason", required=True, help="the reason; it is saved with the run")
    parser.add_argument("--by", metavar="NAME", help="your name (default: the name that you are logged in with)")


def add_round(parser: argparse.ArgumentParser) -> None:
    """Add the option that ties a command to the round of the step that the operator saw."""
    parser.add_argument(
        "--round",
        metavar="N",
        type=_round,
        help="round of the step as `show` gave it, from 0; if it is in another round, nothing is done (exit code 3)",
    )


def by_of(options: argparse.Namespace) -> str:
    """Return the name of the operator.

    Raises:
        CommandFailed: there is no --by, and the machine has no name for the user.
    """
    if options.by:
        return str(options.by)
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError) as error:
        remedy = f"user {os.getuid()} of this machine has no name; give yours with --by."
        raise CommandFailed(f"Every action needs a name: {remedy}", Exit.USAGE) from error


def positive(text: str) -> float:
    """Parse a number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return value


def whole(text: str) -> int:
    """Parse a whole number from 1 to 1,000,000,000, which every database accepts."""
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:12]) <= 10**9:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)


def _round(text: str) -> int:
    """Parse the number of a round."""
    if not text.isascii() or not text.isdecimal() or int(text[:12]) > LATEST_ROUND:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 on")
    return int(text)


def payload_limit() -> int:
    """Return the longest payload in bytes, as the settings say."""
    from sagaflow import conf

    return conf.current().payload_limit


def _utf8(text: str, what: str) -> bytes:
    """Return the original bytes. Python reads invalid UTF-8 as surrogates, and the parser reports bytes better."""
    try:
        return os.fsencode(text)
    except UnicodeEncodeError as error:
        raise CommandFailed(f"{what} is not text: {error.reason}.", Exit.USAGE) from error
