"""The lines of the log. A token in an address never reaches it, and no character of a message steers the terminal."""

import logging
import re

__all__ = ["Line"]

TOKEN = re.compile(r"(/callbacks/)[^\s/?\"']+")
STEERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control characters except tabs and new lines, and marks that turn the direction of the text."""


class Line(logging.Formatter):
    """Formats a record; the traceback too."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, with tokens left out, and with what steers shown as its code."""
        return STEERS.sub(lambda found: f"\\u{ord(found[0]):04x}", TOKEN.sub(r"\1…", super().format(record)))
