"""The pointers of a step's document to the outputs of steps: in its condition, its input and the input of its undo."""

import re
from collections.abc import Callable, Iterator, Mapping

from sagaflow.core.definition.work import STARTER
from sagaflow.core.json_value import Json

__all__ = ["change_pointers", "pointers", "repoint"]


def pointers(step: Mapping[str, Json]) -> Iterator[str]:
    """Yield each pointer of a step."""
    seen: list[str] = []

    def look(pointer: str) -> str:
        seen.append(pointer)
        return pointer

    change_pointers(step, look)
    yield from seen


def repoint(step: dict[str, Json], renamed: Mapping[str, str]) -> None:
    """Let the pointers of a step, and its ``not_by``, follow the new names of steps: old name → new name."""

    def follow(pointer: str) -> str:
        match = re.match(r"^/steps/([^/]+)(?=/|$)", pointer)
        return f"/steps/{renamed[match[1]]}{pointer[match.end() :]}" if match and match[1] in renamed else pointer

    change_pointers(step, follow)
    barred = step.get("not_by")
    if isinstance(barred, list):
        step["not_by"] = [
            renamed.get(name, name) if isinstance(name, str) and name != STARTER else name for name in barred
        ]


def change_pointers(step: Mapping[str, Json], change: Callable[[str], str]) -> None:
    """Replace each pointer of a step by what ``change`` makes of it."""
    condition = step.get("condition")
    if isinstance(condition, dict):
        condition |= {op: _in_condition(op, item, change) for op, item in condition.items()}
    undo = step.get("undo")
    for holder in (step, undo if isinstance(undo, dict) else {}):
        fields = holder.get("input")
        for field in fields.values() if isinstance(fields, dict) else ():
            if isinstance(field, dict) and isinstance(field.get("from"), str):
                field["from"] = change(field["from"])


def _in_condition(op: str, item: Json, change: Callable[[str], str]) -> Json:
    match op, item:
        case (("every" | "some"), list()):
            return [_in_part(part, change) for part in item]
        case "not", _:
            return _in_part(item, change)
        case _, str():
            return change(item)
        case _, [str() as pointer, *rest]:
            return [change(pointer), *rest]
        case _:
            return item


def _in_part(part: Json, change: Callable[[str], str]) -> Json:
    return {op: _in_condition(op, item, change) for op, item in part.items()} if isinstance(part, dict) else part
