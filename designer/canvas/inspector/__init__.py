"""The form of one element: groups of fields, generated from what the parts of a definition declare.

The order and the help of well-known fields are made by hand. A field or a kind of step that is new, or that a project
registered, appears by itself: its control follows from its schema.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING
from typing import Any

from designer.canvas.draft import ASIDE, Draft, aside
from designer.canvas.elements import element_of
from designer.canvas.groups import BringBack
from designer.canvas.inspector.controls import text_of
from designer.canvas.inspector.fields import field_of, fields_of, name_field, note_group, title_field
from designer.canvas.inspector.form import Field, Group, Inspector
from designer.canvas.inspector.labels import KIND_NAMES, OF_SAGA, OF_SEGMENT, OF_STEP
from designer.canvas.inspector.scene import Scene
from designer.canvas.inspector.work import sample, work_fields
from sagaflow.core.definition.document_schema import schema
from sagaflow.core.definition.fields import NOTE
from sagaflow.core.definition.forms import declared, properties
from sagaflow.core.definition.parts import Segment, Step
from sagaflow.core.definition.work import kinds
from sagaflow.core.json_value import Json
from sagaflow.core.lint import Known
from sagaflow.flowchart.words import clean, humanize

__all__ = ["inspector"]

NOTHING_KNOWN = Known()


def inspector(
    document: Json,
    path: str,
    problems: Iterable[Mapping[str, Any]] = (),
    known: Known = NOTHING_KNOWN,
) -> Inspector:
    """Return the form of the element ``path``.

    ``problems``: those of the whole document, as the page has them. ``known``: what is registered, for the choices.

    Raises:
        Refused: there is no such element.
    """
    draft = Draft.reading(document)
    element, _ = element_of(draft, path)
    own = tuple(problem for problem in problems if problem.get("element") == path)
    scene = Scene(draft, path, element, own, known)
    sort = path.split("/")[-2].removesuffix("s") if "/" in path else "saga"
    groups = tuple({"saga": _saga, "segment": _segment, "step": _step, "observer": _observer}[sort](scene))
    named = {field.name for group in groups for field in group.fields}
    title = clean(text_of(element.get("title")), longest=60) or humanize(text_of(element.get("name")))
    loose = tuple(p["message"] for p in own if p.get("field") not in named)
    return Inspector(path, title, sort, groups, loose)


def _step(scene: Scene) -> Iterator[Group]:
    work = [field for kind in kinds() for field in work_fields(scene, kind)]
    chosen = next((kind for kind in kinds() if kind.key in scene.element), None)
    choice = Field(
        name="kind",
        label="Does",
        control="choice",
        value=chosen.key if chosen else "",
        options=tuple((kind.key, KIND_NAMES.get(kind.key, humanize(kind.key))) for kind in kinds()),
        help=chosen.about if chosen and chosen.key not in KIND_NAMES else "",
        faults=scene.faults("does"),
        operation="set-work",
        samples=json.dumps({kind.key: sample(kind) for kind in kinds()}),
    )
    yield Group("Step", (title_field(scene), choice, *work, name_field(scene)))
    known = {key for kind in kinds() for key in kind.properties()} | {"name", "title"}
    yield from _grouped(scene, OF_STEP, Step, known, {"Data", "Undo", "Retry", "Order"})


def _segment(scene: Scene) -> Iterator[Group]:
    rules = properties(Segment)
    style = field_of(scene, "style", rules["style"], MISSING)
    style = Field(**vars(style) | {"operation": "switch-style"})
    team = field_of(scene, "team", rules["team"], "")
    yield Group("Segment", (title_field(scene), style, team, name_field(scene)))
    known = {"name", "title", "style", "team", "steps"}
    if buttons := tuple(_aside(scene)):
        yield Group("Set aside", buttons)
    yield from _grouped(scene, OF_SEGMENT, Segment, known, {"Recovery", "Order"})


def _aside(scene: Scene) -> Iterator[Field]:
    """Yield a button for each step that is set aside."""
    for kept in aside(scene.element):
        name = kept["name"]
        title = clean(text_of(kept["step"].get("title")), longest=60) or humanize(name)
        operation = json.dumps(BringBack(name).document())
        yield Field(name=ASIDE, inside=name, label=title, control="button", value="Bring back", samples=operation)


def _saga(scene: Scene) -> Iterator[Group]:
    rules = schema()["properties"]
    yield Group("Saga", (title_field(scene), name_field(scene)))
    known = {"name", "title", "segments", NOTE}
    placed = {name for _, names in OF_SAGA for name in names}
    for title, names in (*OF_SAGA, ("More", tuple(name for name in rules if name not in known | placed))):
        fields = tuple(field for name in names for field in fields_of(scene, name, rules[name], None))
        if fields:
            yield Group(title, fields, any(field.value or field.faults for field in fields))
    yield note_group(scene)


def _observer(scene: Scene) -> Iterator[Group]:
    rules = schema()["$defs"]["observer"]["properties"]
    fields = [field_of(scene, name, rules[name], MISSING) for name in ("action", "on")]
    yield Group("Observer", (*fields, name_field(scene)))


def _grouped(scene: Scene, order: Any, part: type, known: set[str], opened: set[str]) -> Iterator[Group]:
    rules = properties(part)
    defaults = {name: default for name, default, _ in declared(part)}
    placed = {name for _, names in order for name in names} | known
    more = tuple(name for name in rules if name not in placed)
    for title, names in (*order, ("More", more)):
        found = (fields_of(scene, name, rules[name], defaults.get(name)) for name in names if name in rules)
        fields = tuple(field for group in found for field in group)
        if fields:
            yield Group(title, fields, title in opened or any(field.value or field.faults for field in fields))
    yield note_group(scene)
