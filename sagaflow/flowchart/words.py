"""Names and conditions in words. Text from users is cleaned here first."""

import re
import unicodedata

from sagaflow.core.definition.condition import Condition
from sagaflow.core.json_value import Json
from sagaflow.core.words.steering import MARKS_OF_DIRECTION

__all__ = ["clean", "condition_text", "humanize", "shorten"]

DIRECTION = re.compile(f"[{MARKS_OF_DIRECTION}]")
"""They could make text look like other text."""
OPERATORS = {"eq": "=", "ne": "≠", "lt": "<", "le": "≤", "gt": ">", "ge": "≥", "in": "in"}


def clean(text: str, *, longest: int = 500) -> str:
    """One line of at most ``longest`` characters, none of them control, surrogate, unassigned or direction-changing."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return shorten(text.strip(), longest)
    kept = (
        " " if char.isspace() else char
        for char in text[: longest * 4]
        if char.isspace() or (unicodedata.category(char) not in ("Cc", "Cs", "Cn", "Co") and not DIRECTION.match(char))
    )
    return shorten(re.sub(" +", " ", "".join(kept)).strip(), longest)


def shorten(text: str, longest: int) -> str:
    """The beginning of ``text`` with ``…`` where it is longer than ``longest`` characters."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def humanize(name: str) -> str:
    """``take_payment`` → ``Take payment``; ``CreateOrder`` stays in one word."""
    words = re.sub(r"[_\-.]+", " ", name).strip()
    return words[:1].upper() + words[1:]


def condition_text(condition: Condition) -> str:
    """``input.total > 100 and not (take_payment.free = true)``."""
    match condition.op:
        case "every" | "some":
            joint = " and " if condition.op == "every" else " or "
            return joint.join(_operand(part) for part in condition.parts)
        case "not":
            return f"not {_operand(condition.parts[0])}"
        case "exists" | "absent":
            return f"{_pointer(condition.pointer)} is {'present' if condition.op == 'exists' else 'absent'}"
        case _:
            return (
                f"{_pointer(condition.pointer)} {OPERATORS.get(condition.op, condition.op)} {_value(condition.value)}"
            )


def _operand(condition: Condition) -> str:
    text = condition_text(condition)
    return f"({text})" if condition.op in ("every", "some") else text


def _pointer(pointer: str) -> str:
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    return ".".join(parts[1:] if parts[:1] == ["steps"] else parts)


def _value(value: Json) -> str:
    match value:
        case bool():
            return str(value).lower()
        case None:
            return "null"
        case str():
            return f"“{value}”"
        case list() | tuple():
            return ", ".join(_value(item) for item in value)
        case _:
            return str(value)
