"""The field for the mapping of an input."""

import json
from collections.abc import Iterable, Iterator, Mapping

from designer.canvas.inspector.controls import shown
from designer.canvas.inspector.form import Field
from designer.canvas.inspector.labels import LABELS
from designer.canvas.inspector.scene import Scene
from designer.canvas.pointing import Source, Target, sources, targets
from sagaflow.core.definition.condition import tokens
from sagaflow.core.json_value import Json
from sagaflow.flowchart.words import clean

__all__ = ["mapping_field"]

NUMBERS = frozenset(("integer", "number"))
LONGEST = 60


def mapping_field(scene: Scene, name: str, value: Json, inside: str = "") -> Field:
    """Return the field for the mapping of an input; its samples say what it can be filled with, and what is wanted."""
    step = scene.path.rpartition("/")[2]
    whole = "The same input as the action" if inside else "The whole input of the run"
    known = sources(scene.saga, step, scene.known, undo=bool(inside))
    wanted = targets(scene.saga, step, scene.known) if not inside else ()
    is_free = scene.saga.input_schema is None
    offers = {
        "free": is_free,
        "notes": dict(_notes(value, known, wanted, is_free=is_free)) if isinstance(value, dict) else {},
        "whole": whole,
        "value": value if isinstance(value, dict) else None,
        "sources": [one.document() for one in known],
        "targets": [one.document() for one in wanted],
    }
    return Field(
        name=name,
        inside=inside,
        label="Input of the undo" if inside else LABELS["input"],
        control="mapping",
        value=shown(value, "json") if isinstance(value, dict) else "",
        default=whole,
        samples=json.dumps(offers, ensure_ascii=False),
        faults=() if inside else scene.faults(name),
        operation="set-undo" if inside else "set-field",
    )


def _notes(
    value: Mapping[str, Json], known: Iterable[Source], wanted: Iterable[Target], *, is_free: bool
) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield the sentences below each field, each after its class: what the field gets, and what may be wrong with it.

    ``is_free``: no schema says which fields the input of the run has.
    """
    by_pointer, types = {one.pointer: one for one in known}, {one.name: one.type for one in wanted}
    for name, given in value.items():
        match given:
            case {"from": str(pointer)}:
                source = by_pointer.get(pointer)
                notes = [("given", _picked(pointer))]
                if source and source.missing and "default" not in given:
                    notes.append(("", f"Left out when {source.missing}."))
                if source and source.type and not _fits(source.type, types.get(name, "")):
                    notes.append(("error", f"It is {source.type}, and {types[name]} is wanted."))
                yield name, notes
            case {"value": constant} if constant is not None:
                meant = by_pointer.keys() | ({f"/input/{name}"} if is_free else set())
                yield name, [("constant", _constant(constant, meant))]


def _picked(pointer: str) -> str:
    match tokens(pointer):
        case ("input", *path):
            return f"The input “{_path(path)}” of the run."
        case ("steps", step, *path):
            return f"The output “{_path(path)}” of “{clean(step, longest=LONGEST)}”."
        case _:
            return ""


def _constant(constant: Json, pointers: Iterable[str]) -> str:
    if not isinstance(constant, str):
        return f"The value {clean(json.dumps(constant, ensure_ascii=False), longest=LONGEST)}, the same in every run."
    alike = constant.removeprefix("input.").removeprefix("input/")
    meant = next((pointer for pointer in sorted(pointers) if pointer.rpartition("/")[2] == alike), "")
    text = f"The text “{clean(constant, longest=LONGEST)}”, the same in every run."
    return f"{text} For the data of this name, type {meant} or choose it below." if meant else text


def _path(path: Iterable[str]) -> str:
    return clean(" / ".join(path), longest=LONGEST)


def _fits(given: str, wanted: str) -> bool:
    """Return true if one of the types is wanted; nothing that is wanted: any of them is."""
    types, known = set(given.split(" or ")), set(wanted.split(" or "))
    return not wanted or bool(types & known) or bool(types & NUMBERS and known & NUMBERS)
