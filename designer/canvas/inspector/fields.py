"""The fields of an element by name, each with the control that its schema asks for."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from designer.canvas.draft import step_names
from designer.canvas.inspector.controls import control_of, default_text, help_text, shown, text_of
from designer.canvas.inspector.form import Field, Group
from designer.canvas.inspector.labels import LABELS, RETRY_LABELS, SIMPLE, WORDS
from designer.canvas.inspector.mapping import mapping_field
from designer.canvas.inspector.scene import Scene
from designer.canvas.inspector.undo import undo_fields
from sagaflow.core.definition.fields import NOTE
from sagaflow.core.definition.forms import properties
from sagaflow.core.definition.retry import PATIENT, STANDARD, RetryPolicy
from sagaflow.flowchart.words import clean, condition_text, humanize

__all__ = ["field_of", "fields_of", "name_field", "note_group", "title_field"]


def fields_of(scene: Scene, name: str, rule: Mapping[str, Any], default: object) -> Iterator[Field]:
    """Yield the fields for the value of ``name``: several where the value has parts, as a retry policy has."""
    match rule.get("$ref", "").rpartition("/")[2]:
        case "retry":
            yield from _retry(scene, name, PATIENT if name == "undo_retry" else STANDARD)
        case "undo":
            yield from undo_fields(scene)
        case "condition":
            yield from _condition(scene)
        case "input":
            yield mapping_field(scene, name, scene.element.get(name))
        case _:
            yield field_of(scene, name, rule, default)


def field_of(scene: Scene, name: str, rule: Mapping[str, Any], default: object) -> Field:
    """Return the one field for the value of ``name``, with the control that its schema ``rule`` asks for."""
    value = scene.element.get(name)
    control = control_of(name, rule)
    options = tuple((item, WORDS.get(item, humanize(item))) for item in rule.get("enum", ()))
    if name == "after":
        options = tuple((other, other) for other in _beside(scene))
    elif control == "action":
        options = tuple((action, action) for action in scene.actions)
    return Field(
        name=name,
        label=LABELS.get(name, humanize(name)),
        control=control,
        value=shown(value, control),
        default=default_text(name, default, control),
        help="" if control == "choice" and len(options) <= 3 else help_text(rule),  # noqa: PLR2004 - the choices say it
        options=options,
        faults=scene.faults(name),
    )


def _retry(scene: Scene, name: str, usual: RetryPolicy) -> Iterator[Field]:
    held = scene.element.get(name)
    rules = properties(RetryPolicy)
    order = [key for key in RETRY_LABELS if key in rules] + [key for key in rules if key not in RETRY_LABELS]
    for number, key in enumerate(order):
        value = held.get(key) if isinstance(held, dict) else None
        yield Field(
            name=name,
            inside=key,
            label=RETRY_LABELS.get(key, humanize(key)),
            control=control_of(key, rules[key]),
            value=shown(value, "number"),
            default=shown(getattr(usual, key), "number") or "no limit",
            faults=() if number else scene.faults(name),
        )


def _condition(scene: Scene) -> Iterator[Field]:
    held = scene.element.get("condition")
    pair: tuple[str, Any] = next(iter(held.items())) if isinstance(held, dict) and len(held) == 1 else ("", None)
    is_simple = held is None or (pair[0] in SIMPLE and isinstance(pair[1], list) and len(pair[1]) == 2)  # noqa: PLR2004
    read = next((step.condition for part in scene.draft.parts() for step in part.steps if scene.named(step.name)), None)
    words = clean(condition_text(read), longest=120) if read is not None else ""
    yield Field(
        name="condition",
        label=LABELS["condition"],
        control="condition" if is_simple else "json",
        value=json.dumps([pair[0], *pair[1]]) if is_simple and held else shown(held, "json"),
        help=words,
        default="always",
        options=tuple(SIMPLE.items()),
        faults=scene.faults("condition"),
    )


def title_field(scene: Scene) -> Field:
    """Return the field of the title; its default is the name in words."""
    value = text_of(scene.element.get("title"))
    default = humanize(text_of(scene.element.get("name")))
    return Field(
        name="title", label="Title", control="text", value=value, default=default, faults=scene.faults("title")
    )


def name_field(scene: Scene) -> Field:
    """Return the field of the name, of which an edit renames every reference too."""
    return Field(
        name="name",
        label="Name",
        control="text",
        value=text_of(scene.element.get("name")),
        help="In code and records. Everything that names it is renamed too.",
        faults=scene.faults("name"),
        operation="rename",
    )


def note_group(scene: Scene) -> Group:
    """Return the group with the note."""
    value = text_of(scene.element.get(NOTE))
    field = Field(name=NOTE, label="Note", control="area", value=value, help="A remark for readers; no run sees it.")
    return Group("Note", (field,), bool(value))


def _beside(scene: Scene) -> list[str]:
    own = scene.path.rpartition("/")[2]
    if scene.path.count("/") == 1:
        return [segment["name"] for segment in scene.draft.segments if segment["name"] != own]
    return [name for name in step_names(scene.draft.home(own)[0]) if name != own]
