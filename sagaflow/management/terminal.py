"""Makes texts of users safe for a terminal: no control character, escape sequence or markup takes effect."""

import json

from rich.text import Text

from sagaflow.core.json_value import Json
from sagaflow.core.words.steering import visible
from sagaflow.flowchart.appearance import Tone, appearance_of

__all__ = ["cell", "compact", "counted", "json_text", "plain", "standing", "status"]

JOINERS = "\u200c\u200d"
"""Invisible characters that shape letters and emoji, and are harmless."""
LONGEST = 120

STYLES = {
    Tone.BLUE: "cyan",
    Tone.SKY: "cyan",
    Tone.GREEN: "green",
    Tone.AMBER: "yellow",
    Tone.ORANGE: "yellow",
    Tone.RED: "red",
    Tone.CRIMSON: "bold red",
    Tone.MAGENTA: "bold magenta",
    Tone.PURPLE: "bold magenta",
    Tone.STONE: "",
}
"""The colours of a terminal."""


def plain(text: str, *, lines: bool = False) -> str:
    """Return ``text`` with every invisible character as its escape. With ``lines``, line feeds stay."""
    return "".join(
        letter if letter.isprintable() or letter in JOINERS or (lines and letter == "\n") else _escaped(letter)
        for letter in text
    )


def cell(value: object, style: str = "") -> Text:
    """Return a value as the text of a table cell. None is empty."""
    return Text("" if value is None else plain(str(value)), style=style)


def status(value: str) -> Text:
    """Return a status of a run or a step, or a reason for attention, in words and in its colour."""
    return cell(value.replace("_", " "), STYLES[appearance_of(value).tone])


def standing(run: dict[str, Json]) -> Text:
    """Return the status of a run, with the start time in UTC if the run waits for it."""
    if not run["starts_at"]:
        return status(run["status"])
    again = " again" if run["number"] else ""
    at = run["starts_at"][:19].replace("T", " ")
    return Text.assemble(status(run["status"]), f", waiting to start{again} at {at}")


def compact(value: object, longest: int = LONGEST) -> str:
    """Return a JSON value on one line, cut with an ellipsis."""
    text = plain(json.dumps(value, ensure_ascii=False))
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def json_text(value: object, *, indent: int | None = None) -> str:
    """Return JSON with readable letters. A character that a terminal could act on is an escape."""
    return visible(json.dumps(value, indent=indent, ensure_ascii=False, default=str))


def counted(number: int, noun: str) -> str:
    """Return the number with its noun: ``1 run``, ``2 runs``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _escaped(letter: str) -> str:
    return "\u00a0" if letter == "\u00a0" else letter.encode("unicode_escape", "surrogatepass").decode()
