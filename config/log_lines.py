"""The lines of the log. A token in an address never reaches it, and no character of a message steers the terminal.

A message, or an error in a traceback, may quote a text of others that has lines. They are indented, so that none of
them looks like a record of its own.
"""

import logging
import re

from sagaflow.core.words.steering import visible

__all__ = ["Line"]

INDENT = "\n    "
TOKEN = re.compile(r"(/callbacks/)[^\s/?\"']+")


class Line(logging.Formatter):
    """Formats a record; the traceback too."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, with tokens left out, and with what steers shown as its code; further lines are indented."""
        return visible(TOKEN.sub(r"\1…", super().format(record))).replace("\n", INDENT)
