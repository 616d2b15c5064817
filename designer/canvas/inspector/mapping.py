"""The field for the mapping of an input."""

import json

from designer.canvas.inspector.controls import shown
from designer.canvas.inspector.form import Field
from designer.canvas.inspector.labels import LABELS
from designer.canvas.inspector.scene import Scene
from designer.canvas.pointing import sources, targets
from sagaflow.core.json_value import Json

__all__ = ["mapping_field"]


def mapping_field(scene: Scene, name: str, value: Json, inside: str = "") -> Field:
    """Return the field for the mapping of an input; its samples say what it can be filled with, and what is wanted."""
    step = scene.path.rpartition("/")[2]
    whole = "The same input as the action" if inside else "The whole input of the run"
    offers = {
        "whole": whole,
        "value": value if isinstance(value, dict) else None,
        "sources": [one.document() for one in sources(scene.saga, step, scene.known, undo=bool(inside))],
        "targets": [one.document() for one in targets(scene.saga, step, scene.known)] if not inside else [],
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
