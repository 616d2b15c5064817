"""Characters that steer what shows a text, in place of being shown: control characters and marks of direction.

A page, a terminal, a log and a spreadsheet show their codes, so that a text cannot look like another one.
"""

import re

__all__ = ["MARKS_OF_DIRECTION", "visible"]

MARKS_OF_DIRECTION = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""The marks that turn the direction of the text, as they stand in a class of a regular expression."""
STEERS = re.compile(f"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff{MARKS_OF_DIRECTION}]")
"""With C1 controls, separators of lines and halves of surrogate pairs, which JSON does not escape."""


def visible(text: str, *, kept: str = "\t\n") -> str:
    """Return ``text`` with the code of each character that steers, such as that of U+202E, except for ``kept``."""
    if text.isprintable():
        return text
    return STEERS.sub(lambda found: found[0] if found[0] in kept else f"\\u{ord(found[0]):04x}", text)
