"""What a command line hands in: JSON as an argument, a file or standard input, numbers, and who is asking."""

import argparse
import getpass
import math
import os
import sys
from pathlib import Path
from typing import Any

from sagaflow.core import payload
from sagaflow.management.output import CommandFailed, Exit

__all__ = ["add_person", "by_of", "json_file", "json_of", "positive", "text_of", "whole"]


def json_of(text: str, what: str) -> Any:
    """The value of a JSON argument; ``-`` reads it from standard input.

    Raises:
        InvalidPayload: it breaks a rule of the strict parser.
    """
    from sagaflow.encoding import parse_payload  # needs the settings, which a parser of arguments does without

    given = text_of("-", what, limit=_most()) if text == "-" else _utf8(text, what)
    return parse_payload(given, what=what)


def json_file(path: str, what: str) -> Any:
    """The value of a file of JSON; ``-`` is standard input.

    Raises:
        InvalidPayload: it breaks a rule of the strict parser.
        CommandFailed: it cannot be read.
    """
    from sagaflow.encoding import parse_payload

    return parse_payload(text_of(path, what, limit=_most()), what=f"The file '{path}'")


def text_of(path: str, what: str, *, limit: int = payload.MAX_SIZE) -> bytes:
    """The content of a file, one byte more than ``limit`` at most; ``-`` is standard input.

    Raises:
        CommandFailed: it cannot be read.
    """
    if path == "-":
        return sys.stdin.buffer.read(limit + 1)
    try:
        with Path(path).open("rb") as file:
            return file.read(limit + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise CommandFailed(f"{what} '{path}' cannot be read: {why}.", Exit.USAGE) from error


def add_person(parser: argparse.ArgumentParser, *, why: str) -> None:
    """The options that every act of a person has; ``why`` is the help of --reason."""
    parser.add_argument("--reason", required=True, help=why)
    parser.add_argument("--by", metavar="PERSON", help="who decides (default: the name you are logged in with)")


def by_of(options: argparse.Namespace) -> str:
    """Who asks.

    Raises:
        CommandFailed: nobody knows.
    """
    if options.by:
        return str(options.by)
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError) as error:
        remedy = f"user {os.getuid()} of this machine has no name; say who you are with --by."
        raise CommandFailed(f"Every act needs a name: {remedy}", Exit.USAGE) from error


def positive(text: str) -> float:
    """A number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return value


def whole(text: str) -> int:
    """A whole number from 1 on that a database takes."""
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:12]) <= 10**9:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)


def _most() -> int:
    from sagaflow import conf

    return conf.current().payload_limit


def _utf8(text: str, what: str) -> bytes:
    """Bytes that are no text reach Python as halves of surrogate pairs; the parser names them properly."""
    try:
        return os.fsencode(text)
    except UnicodeEncodeError as error:
        raise CommandFailed(f"{what} is not text: {error.reason}.", Exit.USAGE) from error
