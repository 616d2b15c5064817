"""The lines of the log. A token in an address never reaches it, and no character of a message steers the terminal."""

import logging
import re

from sagaflow.core.words.steering import visible

__all__ = ["Line"]

TOKEN = re.compile(r"(/callbacks/)[^\s/?\"']+")


class Line(logging.Formatter):
    """Formats a record; the traceback too."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, with tokens left out, and with what steers shown as its code."""
        return visible(TOKEN.sub(r"\1…", super().format(record)))
