"""The fields of how a step is undone."""

from collections.abc import Iterator, Mapping

from designer.canvas.inspector.controls import shown, text_of
from designer.canvas.inspector.form import Field
from designer.canvas.inspector.labels import UNDO_WORDS
from designer.canvas.inspector.mapping import mapping_field
from designer.canvas.inspector.scene import Scene
from sagaflow.core.definition.compensation import Undo
from sagaflow.core.json_value import Json

__all__ = ["undo_fields"]


def undo_fields(scene: Scene) -> Iterator[Field]:
    """Yield the choice of the way in which the step is undone, and the fields that this way needs."""
    raw = scene.element.get("undo")
    data: dict[str, Json] = {"compensate": raw} if isinstance(raw, str) else raw if isinstance(raw, dict) else {}
    kind = next((item.value for item in Undo if item.value in data), "")
    main = data.get(kind, "")
    yield Field(
        name="undo",
        inside="kind",
        label="Undo",
        control="choice",
        value=kind,
        options=tuple(UNDO_WORDS.items()),
        faults=scene.faults("undo"),
        operation="set-undo",
    )
    if kind in (Undo.COMPENSATE, Undo.SEMANTIC):
        yield _undo_work(scene, main)
    if kind and kind != Undo.COMPENSATE:
        yield _undo_reason(kind, data)
    if kind in (Undo.COMPENSATE, Undo.SEMANTIC):
        yield from _undo_options(scene, data)


def _undo_work(scene: Scene, work: Json) -> Field:
    is_action = isinstance(work, str)
    control = "action" if is_action else "json"
    return Field(
        name="undo",
        inside="work",
        label="Undo action" if is_action else "Undo work",
        control=control,
        value=work if is_action else shown(work, control),
        options=tuple((item, item) for item in scene.actions),
        operation="set-undo",
    )


def _undo_reason(kind: str, data: Mapping[str, Json]) -> Field:
    is_semantic = kind == Undo.SEMANTIC
    return Field(
        name="undo",
        inside="reason",
        label="What stays behind" if is_semantic else "Why",
        control="text",
        value=text_of(data.get("reason", "") if is_semantic else data[kind]),
        help="Shown in the rollback record.",
        operation="set-undo",
    )


def _undo_options(scene: Scene, data: Mapping[str, Json]) -> Iterator[Field]:
    yield Field(
        name="undo",
        inside="needs",
        label="Needs from the output",
        control="names",
        value=shown(data.get("needs"), "names"),
        help="JSON pointers, such as /payment_id.",
        operation="set-undo",
    )
    yield Field(
        name="undo",
        inside="emits",
        label="Event of the undo",
        control="text",
        value=text_of(data.get("emits")),
        operation="set-undo",
    )
    yield mapping_field(scene, "undo", data.get("input"), "input")
