"""The fields of what a step does, made from what each kind declares of its work."""

from collections.abc import Iterator, Mapping
from typing import Any

from designer.canvas.inspector.controls import control_of, help_text, shown
from designer.canvas.inspector.form import Field
from designer.canvas.inspector.labels import KIND_NAMES, LABELS
from designer.canvas.inspector.scene import Scene
from sagaflow.core.definition.work import STARTER, StepKind
from sagaflow.core.json_value import Json
from sagaflow.flowchart.words import humanize

__all__ = ["sample", "work_fields"]


PROBED = "It has a probe: if an answer is lost, the participant is asked whether the attempt took effect."

SAMPLES: dict[str, Json] = {"action": "service.verb", "event": "SomethingHappened", "approval": "operators"}


def sample(kind: type[StepKind]) -> dict[str, Json]:
    """Return work of a kind with values that can be read, for a step that is changed to it or dropped."""
    made = kind.properties()[kind.key]
    return {kind.key: SAMPLES.get(kind.key) or _sample(made)}


def _sample(rule: Mapping[str, Any]) -> Json:
    match rule.get("type"):
        case "object":
            return {name: _sample(inner) for name, inner in rule.get("properties", {}).items()}
        case "number" | "integer":
            return 60
        case "boolean":
            return False
        case _:
            return "name_it"


def work_fields(scene: Scene, kind: type[StepKind]) -> Iterator[Field]:
    """Yield the fields of the work of ``kind``, if the step does work of that kind."""
    if kind.key not in scene.element:
        return
    for name, rule in kind.properties().items():
        inner = rule.get("properties") if rule.get("type") == "object" else None
        held = scene.element.get(name)
        for inside, one in (inner or {"": rule}).items():
            value = held.get(inside) if inner and isinstance(held, dict) else held
            control = control_of(name, one)
            known = _choices(scene, kind, name)
            yield Field(
                name=name,
                inside=inside,
                label=humanize(inside) if inside else LABELS.get(name, humanize(name)),
                control=control,
                value=shown(value, control),
                help=help_text(one) if name not in KIND_NAMES else PROBED if scene.is_probed(value) else "",
                options=tuple((item, item) for item in known),
                faults=scene.faults(name),
                operation="set-work",
            )


def _choices(scene: Scene, kind: type[StepKind], name: str) -> tuple[str, ...]:
    """Return what is suggested for a field of the work."""
    match name:
        case "action":
            return scene.actions
        case "saga":
            return scene.sagas
        case "not_by":
            others = [str(step["name"]) for _, step in scene.draft.steps() if kind.key in step]
            return (STARTER, *(other for other in others if not scene.named(other)))
        case _:
            return ()
