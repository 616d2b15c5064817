"""The control of a field, which follows from its schema, and the text that the control shows for a value."""

import json
from collections.abc import Mapping
from dataclasses import MISSING
from typing import Any

from designer.canvas.inspector.labels import WORDS
from sagaflow.core.definition.fields import NOTE
from sagaflow.core.json_value import Json

__all__ = ["control_of", "default_text", "help_text", "shown", "text_of"]


def control_of(name: str, rule: Mapping[str, Any]) -> str:
    """Return the control for a field with the JSON Schema ``rule``: ``choice`` for an enum, ``flag`` for a boolean …"""
    if name == "action":
        return "action"
    if name == NOTE:
        return "area"
    if "enum" in rule:
        return "choice"
    match rule.get("type"):
        case "boolean":
            return "flag"
        case "number" | "integer":
            return "number"
        case "string":
            return "text"
        case "array" if rule.get("items", {}).get("type") == "string":
            return "names"
        case "object" if _of_texts(rule):
            return "pairs"
        case _:
            return "json"


def _of_texts(rule: Mapping[str, Any]) -> bool:
    values = rule.get("additionalProperties")
    return isinstance(values, dict) and values.get("type") == "string"


def default_text(name: str, default: object, control: str) -> str:
    """Return in words which value holds while the field has none."""
    if name == "after":
        return "the one before"
    if default is MISSING or default is None or default == () or callable(default):
        return ""
    value = getattr(default, "value", default)
    return WORDS.get(str(value), str(value)) if control == "choice" else shown(value, control)


def help_text(rule: Mapping[str, Any]) -> str:
    """Return the help for a field: the description of its schema."""
    return str(rule.get("description", ""))


def shown(value: Json, control: str) -> str:
    """Return the text that ``control`` shows for ``value``; it is empty if there is none."""
    match control:
        case _ if value is None:
            return ""
        case "names" if isinstance(value, list):
            return ", ".join(map(str, value)) if value else "[]"
        case "pairs" if isinstance(value, dict):
            return "\n".join(f"{key}: {item}" for key, item in value.items())
        case "flag":
            return "true" if value is True else ""
        case "number" if isinstance(value, float) and value.is_integer():
            return str(int(value))
        case _:
            return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)


def text_of(value: Json) -> str:
    """Return ``value`` if it is a text, and an empty text for anything else that a draft may hold."""
    return value if isinstance(value, str) else ""
