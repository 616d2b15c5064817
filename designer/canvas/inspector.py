"""The form of one element: groups of fields, generated from what the parts of a definition declare.

The order and the help of well-known fields are made by hand. A field or a kind of step that is new, or that a project
registered, appears by itself: its control follows from its schema.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass
from functools import cached_property
from typing import Any

from designer.canvas.draft import ASIDE, Draft, aside, step_names
from designer.canvas.elements import element_of
from designer.canvas.groups import BringBack
from designer.canvas.pointing import sources, targets
from sagaflow.core.definition.compensation import Undo
from sagaflow.core.definition.document_schema import schema
from sagaflow.core.definition.fields import NOTE
from sagaflow.core.definition.forms import declared, properties
from sagaflow.core.definition.parts import Segment, Step
from sagaflow.core.definition.retry import PATIENT, STANDARD, RetryPolicy
from sagaflow.core.definition.sketch import Sketch, sketch
from sagaflow.core.definition.work import STARTER, StepKind, kinds
from sagaflow.core.json_value import Json
from sagaflow.core.lint import Known
from sagaflow.flowchart.words import clean, condition_text, humanize

__all__ = ["Field", "Group", "Inspector", "inspector", "sample"]

NOTHING_KNOWN = Known()
KIND_NAMES = {
    "action": "Call an action",
    "event": "Wait for an event",
    "timer": "Wait for a time",
    "approval": "Ask for approval",
    "saga": "Run another saga",
}
SAMPLES: dict[str, Json] = {"action": "service.verb", "event": "SomethingHappened", "approval": "operators"}
LABELS = {
    "name": "Name",
    "action": "Action",
    "event": "Event",
    "service": "Published by",
    "timer": "Seconds",
    "approval": "Group",
    "not_by": "Not by",
    "saga": "Saga",
    "after": "After",
    "on": "Reacts to",
    "emits": "Event of success",
    "fails_as": "Events of failures",
    "outputs": "Output names",
    "condition": "Only if",
    "input": "Input",
    "fails_when": "Answers that are refusals",
    "timeout": "Time limit of one attempt, seconds",
    "pivot": "Point of no return (pivot)",
    "compensate_on": "Undo it when it",
    "on_exhausted": "When retries are used up",
    "on_undo_failure": "When the undo fails for good",
    "savepoint": "Take a save-point at the start",
    "recovery": "After a business error",
    "forward_attempts": "Tries from the save-point",
    "style": "Style",
    "deadline": "Deadline of a run, seconds",
    "sensitive": "Fields shown masked",
    "search": "Search attributes",
    "input_schema": "Schema of the input",
    "after_rollback": "After a rollback",
    "observers": "Observers",
    NOTE: "Note",
}
WORDS = {
    "park": "Wait for an operator",
    "roll_back": "Roll back",
    "continue": "Record it and go on",
    "backward": "Roll back the whole run",
    "forward": "Go back to the save-point and try again",
    "completed": "succeeded",
    "attempted": "was attempted",
}
UNDO_WORDS = {
    "": "Not declared",
    Undo.COMPENSATE.value: "Undone by an action",
    Undo.SEMANTIC.value: "Offset by an action; a trace stays",
    Undo.IRREVERSIBLE.value: "Cannot be undone",
    Undo.NOTHING.value: "Leaves nothing behind",
}
RETRY_LABELS = {
    "attempts": "Attempts",
    "delay": "First delay, seconds",
    "factor": "Each delay times",
    "max_delay": "Longest delay, seconds",
    "jitter": "Left to chance",
    "total": "Give up after, seconds",
}
OF_STEP = (
    ("Data", ("input", "outputs", "fails_when")),
    ("Undo", ("undo", "compensate_on")),
    ("Retry", ("retry", "on_exhausted", "timeout")),
    ("Order", ("condition", "pivot", "after")),
    ("Retry of the undo", ("undo_retry", "on_undo_failure")),
    ("Events", ("on", "emits", "fails_as")),
)
OF_SEGMENT = (
    ("Recovery", ("recovery", "savepoint", "forward_attempts")),
    ("Order", ("after",)),
)
OF_SAGA = (
    ("Input", ("input_schema", "search", "sensitive")),
    ("Limits", ("deadline", "after_rollback")),
    ("Observers", ("observers",)),
)
SIMPLE = {
    "eq": "is",
    "ne": "is not",
    "gt": "is more than",
    "ge": "is at least",
    "lt": "is less than",
    "le": "is at most",
}


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of the form."""

    name: str
    """The key of the element's document that an edit sets: ``retry``."""
    label: str
    control: str
    """``text``, ``area``, ``number``, ``flag``, ``choice``, ``names``, ``pairs``, ``json``, ``action`` …"""
    inside: str = ""
    """The key inside the value of ``name``: ``attempts``."""
    value: str = ""
    """The value as the control shows it; empty: not set."""
    default: str = ""
    """The value that holds while none is set, in words."""
    help: str = ""
    options: tuple[tuple[str, str], ...] = ()
    """Value and label of each choice, or of each suggestion."""
    faults: tuple[str, ...] = ()
    operation: str = "set-field"
    """The kind of the operation that an edit sends."""
    samples: str = ""
    """JSON: of the choice of a kind, the work with which each begins; of a mapping, what it can be filled with; of a
    button, the operation that it sends."""

    @property
    def key(self) -> str:
        """The name of the control, unique in the form."""
        return f"{self.name}.{self.inside}" if self.inside else self.name


@dataclass(frozen=True)
class Group:
    """Fields under one heading."""

    title: str
    fields: tuple[Field, ...]
    is_open: bool = True

    @property
    def is_set(self) -> bool:
        """True if a field has a value or a fault."""
        return any(field.value or field.faults for field in self.fields)


@dataclass(frozen=True)
class Inspector:
    """The form of an element."""

    element: str
    title: str
    sort: str
    """``saga``, ``segment``, ``step`` or ``observer``."""
    groups: tuple[Group, ...]
    faults: tuple[str, ...] = ()
    """Faults that belong to no field."""


@dataclass(frozen=True)
class _Scene:
    draft: Draft
    path: str
    element: Mapping[str, Json]
    problems: tuple[Mapping[str, Any], ...]
    known: Known
    """The registered actions and sagas, with their schemas."""

    @property
    def actions(self) -> tuple[str, ...]:
        return tuple(sorted(self.known.actions or ()))

    @property
    def sagas(self) -> tuple[str, ...]:
        return tuple(sorted(self.known.sagas or ()))

    @cached_property
    def saga(self) -> Sketch:
        """The definition, if it is unfinished: all that can be read of it."""
        return sketch(self.draft.document)

    def faults(self, name: str) -> tuple[str, ...]:
        return tuple(p["message"] for p in self.problems if p.get("field") == name)


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
    draft = Draft(document)
    element, _ = element_of(draft, path)
    own = tuple(problem for problem in problems if problem.get("element") == path)
    scene = _Scene(draft, path, element, own, known)
    sort = path.split("/")[-2].removesuffix("s") if "/" in path else "saga"
    groups = tuple({"saga": _saga, "segment": _segment, "step": _step, "observer": _observer}[sort](scene))
    named = {field.name for group in groups for field in group.fields}
    title = clean(_text(element.get("title")), longest=60) or humanize(_text(element.get("name")))
    loose = tuple(p["message"] for p in own if p.get("field") not in named)
    return Inspector(path, title, sort, groups, loose)


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


def _step(scene: _Scene) -> Iterator[Group]:
    work = [field for kind in kinds() for field in _work(scene, kind)]
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
    yield Group("Step", (_title(scene), choice, *work, _name(scene)))
    known = {key for kind in kinds() for key in kind.properties()} | {"name", "title"}
    yield from _grouped(scene, OF_STEP, Step, known, {"Data", "Undo", "Retry", "Order"})


def _segment(scene: _Scene) -> Iterator[Group]:
    rules = properties(Segment)
    style = _field(scene, "style", rules["style"], MISSING)
    style = Field(**vars(style) | {"operation": "switch-style"})
    team = _field(scene, "team", rules["team"], "")
    yield Group("Segment", (_title(scene), style, team, _name(scene)))
    known = {"name", "title", "style", "team", "steps"}
    if buttons := tuple(_aside(scene)):
        yield Group("Set aside", buttons)
    yield from _grouped(scene, OF_SEGMENT, Segment, known, {"Recovery"})


def _aside(scene: _Scene) -> Iterator[Field]:
    """Yield a button for each step that is set aside."""
    for kept in aside(scene.element):
        name = kept["name"]
        title = clean(_text(kept["step"].get("title")), longest=60) or humanize(name)
        operation = json.dumps(BringBack(name).document())
        yield Field(name=ASIDE, inside=name, label=title, control="button", value="Bring back", samples=operation)


def _saga(scene: _Scene) -> Iterator[Group]:
    rules = schema()["properties"]
    yield Group("Saga", (_title(scene), _name(scene)))
    known = {"name", "title", "segments", NOTE}
    placed = {name for _, names in OF_SAGA for name in names}
    for title, names in (*OF_SAGA, ("More", tuple(name for name in rules if name not in known | placed))):
        fields = tuple(field for name in names for field in _fields(scene, name, rules[name], None))
        if fields:
            yield Group(title, fields, any(field.value or field.faults for field in fields))
    yield _note(scene)


def _observer(scene: _Scene) -> Iterator[Group]:
    rules = schema()["$defs"]["observer"]["properties"]
    fields = [_field(scene, name, rules[name], MISSING) for name in ("action", "on")]
    yield Group("Observer", (*fields, _name(scene)))


def _grouped(scene: _Scene, order: Any, part: type, known: set[str], opened: set[str]) -> Iterator[Group]:
    rules = properties(part)
    defaults = {name: default for name, default, _ in declared(part)}
    placed = {name for _, names in order for name in names} | known
    more = tuple(name for name in rules if name not in placed)
    for title, names in (*order, ("More", more)):
        found = (_fields(scene, name, rules[name], defaults.get(name)) for name in names if name in rules)
        fields = tuple(field for group in found for field in group)
        if fields:
            yield Group(title, fields, title in opened or any(field.value or field.faults for field in fields))
    yield _note(scene)


def _fields(scene: _Scene, name: str, rule: Mapping[str, Any], default: object) -> Iterator[Field]:
    match rule.get("$ref", "").rpartition("/")[2]:
        case "retry":
            yield from _retry(scene, name, PATIENT if name == "undo_retry" else STANDARD)
        case "undo":
            yield from _undo(scene)
        case "condition":
            yield from _condition(scene)
        case "input":
            yield _mapping(scene, name, scene.element.get(name))
        case _:
            yield _field(scene, name, rule, default)


def _field(scene: _Scene, name: str, rule: Mapping[str, Any], default: object) -> Field:
    value = scene.element.get(name)
    control = _control(name, rule)
    options = tuple((item, WORDS.get(item, humanize(item))) for item in rule.get("enum", ()))
    if name == "after":
        options = tuple((other, other) for other in _beside(scene))
    elif control == "action":
        options = tuple((action, action) for action in scene.actions)
    return Field(
        name=name,
        label=LABELS.get(name, humanize(name)),
        control=control,
        value=_shown(value, control),
        default=_default(name, default, control),
        help="" if control == "choice" and len(options) <= 3 else _help(rule),  # noqa: PLR2004 - the choices say it
        options=options,
        faults=scene.faults(name),
    )


def _control(name: str, rule: Mapping[str, Any]) -> str:
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


def _work(scene: _Scene, kind: type[StepKind]) -> Iterator[Field]:
    if kind.key not in scene.element:
        return
    for name, rule in kind.properties().items():
        inner = rule.get("properties") if rule.get("type") == "object" else None
        held = scene.element.get(name)
        for inside, one in (inner or {"": rule}).items():
            value = held.get(inside) if inner and isinstance(held, dict) else held
            control = _control(name, one)
            known = _choices(scene, kind, name)
            yield Field(
                name=name,
                inside=inside,
                label=humanize(inside) if inside else LABELS.get(name, humanize(name)),
                control=control,
                value=_shown(value, control),
                help=_help(one) if name not in KIND_NAMES else "",
                options=tuple((item, item) for item in known),
                faults=scene.faults(name),
                operation="set-work",
            )


def _choices(scene: _Scene, kind: type[StepKind], name: str) -> tuple[str, ...]:
    """Return what is suggested for a field of the work."""
    match name:
        case "action":
            return scene.actions
        case "saga":
            return scene.sagas
        case "not_by":
            others = [str(step["name"]) for _, step in scene.draft.steps() if kind.key in step]
            return (STARTER, *(other for other in others if not _is(scene, other)))
        case _:
            return ()


def _undo(scene: _Scene) -> Iterator[Field]:
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


def _undo_work(scene: _Scene, work: Json) -> Field:
    is_action = isinstance(work, str)
    control = "action" if is_action else "json"
    return Field(
        name="undo",
        inside="work",
        label="Undo action" if is_action else "Undo work",
        control=control,
        value=work if is_action else _shown(work, control),
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
        value=_text(data.get("reason", "") if is_semantic else data[kind]),
        help="Shown in the rollback record.",
        operation="set-undo",
    )


def _undo_options(scene: _Scene, data: Mapping[str, Json]) -> Iterator[Field]:
    yield Field(
        name="undo",
        inside="needs",
        label="Needs from the output",
        control="names",
        value=_shown(data.get("needs"), "names"),
        help="JSON pointers, such as /payment_id.",
        operation="set-undo",
    )
    yield Field(
        name="undo",
        inside="emits",
        label="Event of the undo",
        control="text",
        value=_text(data.get("emits")),
        operation="set-undo",
    )
    yield _mapping(scene, "undo", data.get("input"), "input")


def _mapping(scene: _Scene, name: str, value: Json, inside: str = "") -> Field:
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
        value=_shown(value, "json") if isinstance(value, dict) else "",
        default=whole,
        samples=json.dumps(offers, ensure_ascii=False),
        faults=() if inside else scene.faults(name),
        operation="set-undo" if inside else "set-field",
    )


def _retry(scene: _Scene, name: str, usual: RetryPolicy) -> Iterator[Field]:
    held = scene.element.get(name)
    rules = properties(RetryPolicy)
    order = [key for key in RETRY_LABELS if key in rules] + [key for key in rules if key not in RETRY_LABELS]
    for number, key in enumerate(order):
        value = held.get(key) if isinstance(held, dict) else None
        yield Field(
            name=name,
            inside=key,
            label=RETRY_LABELS.get(key, humanize(key)),
            control=_control(key, rules[key]),
            value=_shown(value, "number"),
            default=_shown(getattr(usual, key), "number") or "no limit",
            faults=() if number else scene.faults(name),
        )


def _condition(scene: _Scene) -> Iterator[Field]:
    held = scene.element.get("condition")
    pair: tuple[str, Any] = next(iter(held.items())) if isinstance(held, dict) and len(held) == 1 else ("", None)
    is_simple = held is None or (pair[0] in SIMPLE and isinstance(pair[1], list) and len(pair[1]) == 2)  # noqa: PLR2004
    read = next((step.condition for part in scene.draft.parts() for step in part.steps if _is(scene, step.name)), None)
    words = clean(condition_text(read), longest=120) if read is not None else ""
    yield Field(
        name="condition",
        label=LABELS["condition"],
        control="condition" if is_simple else "json",
        value=json.dumps([pair[0], *pair[1]]) if is_simple and held else _shown(held, "json"),
        help=words,
        default="always",
        options=tuple(SIMPLE.items()),
        faults=scene.faults("condition"),
    )


def _is(scene: _Scene, step: str) -> bool:
    return scene.path.rpartition("/")[2] == step


def _title(scene: _Scene) -> Field:
    value = _text(scene.element.get("title"))
    default = humanize(_text(scene.element.get("name")))
    return Field(
        name="title", label="Title", control="text", value=value, default=default, faults=scene.faults("title")
    )


def _name(scene: _Scene) -> Field:
    return Field(
        name="name",
        label="Name",
        control="text",
        value=_text(scene.element.get("name")),
        help="In code and records. Everything that names it is renamed too.",
        faults=scene.faults("name"),
        operation="rename",
    )


def _note(scene: _Scene) -> Group:
    value = _text(scene.element.get(NOTE))
    field = Field(name=NOTE, label="Note", control="area", value=value, help="A remark for readers; no run sees it.")
    return Group("Note", (field,), bool(value))


def _beside(scene: _Scene) -> list[str]:
    own = scene.path.rpartition("/")[2]
    if scene.path.count("/") == 1:
        return [segment["name"] for segment in scene.draft.segments if segment["name"] != own]
    return [name for name in step_names(scene.draft.home(own)[0]) if name != own]


def _default(name: str, default: object, control: str) -> str:
    if name == "after":
        return "the one before"
    if default is MISSING or default is None or default == () or callable(default):
        return ""
    value = getattr(default, "value", default)
    return WORDS.get(str(value), str(value)) if control == "choice" else _shown(value, control)


def _help(rule: Mapping[str, Any]) -> str:
    return str(rule.get("description", ""))


def _shown(value: Json, control: str) -> str:
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


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""
