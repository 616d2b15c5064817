"""Text that users wrote, made fit for a terminal: no control character, no escape sequence, no markup takes effect."""

import json
import re
from typing import Any

from rich.text import Text

__all__ = ["age", "cell", "compact", "counted", "json_text", "plain", "standing", "status"]

JOINERS = "\u200c\u200d"
"""They shape letters and emoji, and do no harm."""
STEERING = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What JSON lets pass: control characters of the second block, marks of direction, halves of surrogate pairs."""
LONGEST = 120
MINUTE, HOUR, DAY = 60, 3_600, 86_400

COLORS = {
    "completed": "green",
    "done": "green",
    "compensated": "green",
    "semantically_undone": "green",
    "undone_by_hand": "green",
    "running": "cyan",
    "due": "cyan",
    "waiting": "cyan",
    "rolling_back": "magenta",
    "undo_due": "magenta",
    "undo_running": "magenta",
    "undo_waiting": "magenta",
    "rolled_back": "yellow",
    "cancelled": "yellow",
    "skipped": "yellow",
    "irreversible": "yellow",
    "undo_skipped": "yellow",
    "retrying": "yellow",
    "late": "yellow",
    "failed": "red",
    "refused": "bold red",
    "in_doubt": "red",
    "parked": "bold red",
    "stuck": "bold red",
    "missing": "bold red",
    "no worker": "bold red",
}


def plain(text: str, *, lines: bool = False) -> str:
    """``text`` with everything that is no visible character written as its escape; ``lines``: line feeds stay."""
    return "".join(
        letter if letter.isprintable() or letter in JOINERS or (lines and letter == "\n") else _escaped(letter)
        for letter in text
    )


def cell(value: Any, style: str = "") -> Text:
    """What a table shows of a value; None is empty."""
    return Text("" if value is None else plain(str(value)), style=style)


def status(value: str) -> Text:
    """A status of a run or a step, or a reason for attention, in words and in its colour."""
    return cell(value.replace("_", " "), COLORS.get(value, ""))


def standing(run: dict[str, Any]) -> Text:
    """The status of a run; of one that waits for its beginning also when that comes, in UTC."""
    if not run["starts_at"]:
        return status(run["status"])
    again = " again" if run["number"] else ""
    at = run["starts_at"][:19].replace("T", " ")
    return Text.assemble(status(run["status"]), f", waiting to start{again} at {at}")


def compact(value: Any, longest: int = LONGEST) -> str:
    """A JSON value on one line, cut with an ellipsis."""
    text = plain(json.dumps(value, ensure_ascii=False))
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def json_text(value: Any, *, indent: int | None = None) -> str:
    """JSON as people can read it; what would steer a terminal, or is no text, stands as an escape."""
    text = json.dumps(value, indent=indent, ensure_ascii=False, default=str)
    return STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def counted(number: int, noun: str) -> str:
    """``1 run``, ``2 runs``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def age(seconds: float) -> str:
    """A length of time as people say it: ``12 s``, ``5 min``, ``3 h``, ``2 d``."""
    whole = max(0, int(seconds))
    if whole < 2 * MINUTE:
        return f"{whole} s"
    if whole < 2 * HOUR:
        return f"{whole // MINUTE} min"
    return f"{whole // HOUR} h" if whole < 2 * DAY else f"{whole // DAY} d"


def _escaped(letter: str) -> str:
    return "\u00a0" if letter == "\u00a0" else letter.encode("unicode_escape", "surrogatepass").decode()
