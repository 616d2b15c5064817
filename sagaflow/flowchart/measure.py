"""The room that text takes, by the advances of the font that the pages ship: server and browser agree on it.

The font is Inter (static/sagaflow/fonts, with its licence), at its weights 400 and 600, without kerning or ligatures.
``inter.json`` has its advances in thousandths of the font size. Characters that it does not have are shown in a font
of the reader's machine; for them the width is a cautious estimate.
"""

import json
import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path

from sagaflow.flowchart.words import shorten

__all__ = ["fitted", "width", "wrapped"]

WIDE, UNKNOWN = 1.05, 0.95
"""The advance of an ideograph, and of any other character that the font does not have, in font sizes."""
IDEOGRAPHS = "⺀-鿿가-힣豈-﫿︰-﹏＀-￠\U00020000-\U0003ffff"  # noqa: RUF001  (the characters are meant)
PIECES = re.compile(
    rf"[{IDEOGRAPHS}]|[^\s{IDEOGRAPHS}]+?(?:(?<=[_.,;:/·-])|(?<=[a-z0-9])(?=[A-Z])|(?=[\s{IDEOGRAPHS}])|$)|\s+"
)
"""The parts after which a line may end: a space, an ideograph, a joint of a name such as ``take_payment``."""


SHORT, KEPT = 200, 4096
"""The longest text whose lines are kept, in characters, and how many are: most texts of a drawing were in the last."""


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Return the width of ``text`` at a font size, both in points; ``bold``: at weight 600."""
    return size * sum(_advance(char, bold) for char in text)


def fitted(text: str, size: float, most: float) -> str:
    """``text``, cut with ``…`` where it is wider than ``most``."""
    length = len(text)
    while length > 1 and width(shorten(text, length), size) > most:
        length -= 1
    return shorten(text, length)


def wrapped(text: str, size: float, most: float, *, bold: bool = False, lines: int = 3) -> tuple[str, ...]:
    """The lines of ``text``, each at most ``most`` wide; what does not fit into so many lines is cut with ``…``."""
    wrap = _wrapped if len(text) <= SHORT else _wrapped.__wrapped__
    return wrap(text, size, most, bold, lines)


@lru_cache(maxsize=KEPT)
def _wrapped(text: str, size: float, most: float, bold: bool, lines: int) -> tuple[str, ...]:  # noqa: FBT001  (the key)
    rows = [""]
    for piece in _pieces(text, size, most, bold):
        if width((rows[-1] + piece).rstrip(), size, bold=bold) <= most:
            rows[-1] += piece
        else:
            rows.append(piece.lstrip())
    rows = [row.rstrip() for row in rows if row.strip()] or [text]
    if len(rows) > lines:
        rows = [*rows[: lines - 1], fitted("".join([rows[lines - 1], " ", *rows[lines:]]), size * 1.06, most)]
    return tuple(rows)


def _pieces(text: str, size: float, most: float, bold: bool) -> Iterator[str]:  # noqa: FBT001  (passed on)
    """Yield the pieces between which a line may end; a piece that is wider than a line is broken anywhere."""
    for piece in PIECES.findall(text):
        part = ""
        for char in piece:
            if part and width(part + char, size, bold=bold) > most:
                yield part
                part = ""
            part += char
        yield part


@lru_cache(maxsize=4096)
def _advance(char: str, bold: bool) -> float:  # noqa: FBT001  (the key of the cache)
    if unicodedata.combining(char):
        return 0.0
    known = _advances()[bold].get(ord(char))
    if known is not None:
        return known / 1000
    return WIDE if unicodedata.east_asian_width(char) in "WF" else UNKNOWN


@cache
def _advances() -> tuple[dict[int, int], dict[int, int]]:
    """The advances of the regular and of the semi-bold weight, by code point."""
    runs = json.loads(Path(__file__).with_name("inter.json").read_text())
    regular, bold = (
        {run["first"] + number: advance for run in runs for number, advance in enumerate(run[weight])}
        for weight in ("regular", "semibold")
    )
    return regular, bold
