"""The JSON Schema (2020-12) of a definition's document. The parts declare their keys, and this module joins them.

``validate`` checks a document by it, and editors complete by it. ``problems`` checks what a schema cannot express:
unknown names, cycles, two pivots.
"""

import copy
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sagaflow.core.definition.compensation import Undo
from sagaflow.core.definition.condition import COMPARISONS
from sagaflow.core.definition.fields import ACTION, EVENT, LONGEST, NAME, NOTE, named, seconds, text
from sagaflow.core.definition.forms import list_of, properties
from sagaflow.core.definition.parts import Segment, Step
from sagaflow.core.definition.problems import MAX_STEPS
from sagaflow.core.definition.retry import RetryPolicy
from sagaflow.core.definition.work import Call, StepKind, kinds
from sagaflow.core.json_value import Json

__all__ = ["UNDO_KEYS", "rules", "schema"]

REMARK = "x-"
"""Keys of an element that begin so are for other tools: any JSON, and not part of the definition."""
UNDO_KEYS = tuple(kind.value for kind in Undo)
"""A compensation that is an object has exactly one of these keys."""


def schema() -> dict[str, Json]:
    """Return a new copy of the schema, with every kind of step that this process knows."""
    return copy.deepcopy(dict(rules()))


def rules() -> Mapping[str, Json]:
    """Return the schema for ``validate``: it is made once, and nothing may change it."""
    return _made(kinds(), kinds(undo=True))


@lru_cache(maxsize=2)
def _made(*known: tuple[type[StepKind], ...]) -> Mapping[str, Json]:  # noqa: ARG001 - the kinds are the key
    made = copy.deepcopy(_SCHEMA)
    made["$defs"] |= {"step": _step(), "undo": _undo()}
    return made


def _one_kind(known: tuple[type[StepKind], ...]) -> dict[str, Json]:
    """Return the rules for the keys of kinds: there is one kind, and what it brings goes with it only."""
    own_keys = {kind.key: kind.properties() for kind in known}
    return {
        "oneOf": _one_of(*own_keys),
        "dependentRequired": {
            key: [own] for own, schemas in own_keys.items() for key in sorted(schemas.keys() - {own})
        },
    }


def _object(title: str, properties: dict[str, Json], **more: object) -> dict[str, Json]:
    return {"title": title, "type": "object", "additionalProperties": False, "properties": properties, **more}


def _element(title: str, properties: dict[str, Json], **more: Json) -> dict[str, Json]:
    """Return the schema of an element, which may have remarks: they are not part of the definition or its digest."""
    note = text("A remark for readers of the document. It is not part of the definition.")
    return _object(title, properties | {NOTE: note}, patternProperties={f"^{REMARK}": {}}, **more)


def _one_of(*keys: str) -> list[dict[str, Json]]:
    return [{"required": [key]} for key in keys]


_POINTER = text("A JSON pointer (RFC 6901).", pattern="^(?:/.*)?$", maxLength=500)
_EVENTS = list_of(named(EVENT, "The name of an event."))

_RETRY = _object("retry policy", properties(RetryPolicy), description="What is left out is as in the default policy.")


def _undo() -> dict[str, Json]:
    """Return the schema of a compensation: the name of an action, or an object."""
    call = named(ACTION, "The action that undoes the step: service.verb.")
    others = tuple(kind for kind in kinds(undo=True) if kind is not Call)
    keys = {key: schema for kind in others for key, schema in kind.properties().items()}
    undoes = {"anyOf": [call, _object("compensation by others", keys, **_one_kind(others))]}
    own = {
        "compensate": undoes,
        "semantic": undoes,
        "irreversible": text("Nothing undoes it: why.", pattern=r"\S"),
        "nothing": text("It leaves nothing behind: why.", pattern=r"\S"),
        "reason": text("What stays behind, for the rollback record."),
        "needs": list_of(_POINTER, "Pointers into the action's output that the compensation reads."),
        "emits": named(EVENT, "The event of a successful undo; default <Step>Compensated."),
        "input": {"$ref": "#/$defs/input"},
    }
    return {"anyOf": [call, _object("compensation", own, oneOf=_one_of(*UNDO_KEYS))]}


_CONDITION = _object(
    "condition",
    {
        **{
            name: {
                "type": "array",
                "prefixItems": [_POINTER, {"type": "array"} if name == "in" else {}],
                "items": False,
                "minItems": 2,
                "description": "[pointer, value]",
            }
            for name in COMPARISONS
            if name not in ("exists", "absent")
        },
        "exists": _POINTER,
        "absent": _POINTER,
        "every": list_of({"$ref": "#/$defs/condition"}, minItems=1),
        "some": list_of({"$ref": "#/$defs/condition"}, minItems=1),
        "not": {"$ref": "#/$defs/condition"},
    },
    oneOf=_one_of(*COMPARISONS, "every", "some", "not"),
    description='Looks at /input and /steps/<step>, or at /output in fails_when: {"gt": ["/input/total", 100]}.',
)


_INPUT: dict[str, Json] = {
    "title": "input mapping",
    "type": "object",
    "additionalProperties": _object(
        "field of an input",
        {
            "from": _POINTER,
            "default": {"description": "The value if there is nothing at the pointer."},
            "value": {"description": "A constant."},
        },
        oneOf=_one_of("from", "value"),
        dependentRequired={"default": ["from"]},
    ),
    "description": 'The fields of the input: {"amount": {"from": "/input/total"}, "currency": {"value": "EUR"}}.',
}


def _step() -> dict[str, Json]:
    """Return the schema of a step: exactly one kind of work, and everything else."""
    return _element("step", properties(Step), required=["name"], **_one_kind(kinds()))


_SEGMENT = _element("segment", properties(Segment), required=["name", "style", "steps"])

_OBSERVER = _element(
    "observer",
    {"name": named(NAME, "Unique in the saga."), "action": named(ACTION, "service.verb"), "on": _EVENTS},
    required=["name", "action", "on"],
)

_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "urn:sagaflow:definition",
    **_element(
        "saga",
        {
            "name": named(NAME, "Unique in the project."),
            "title": text("For people."),
            "input_schema": {"type": "object", "description": "JSON Schema of the run's input."},
            "search": {
                "type": "object",
                "additionalProperties": _POINTER,
                "description": "Search attributes: name to pointer into the input.",
            },
            "correlate": {
                "type": "object",
                "additionalProperties": _POINTER,
                "description": "Event from outside to pointer into its payload, to the key of the run; *: every other.",
            },
            "starts_on": named(EVENT, "The event from outside that starts the run of a new key."),
            "sensitive": list_of({"type": "string"}, "Fields that are shown masked, at any depth."),
            "deadline": seconds("From the start of the run."),
            "after_rollback": _object(
                "retry of the whole run",
                {
                    "retries": {"type": "integer", "minimum": 0, "maximum": 1000},
                    "delay": {"type": "number", "minimum": 0, "maximum": LONGEST},
                },
            ),
            "observers": list_of({"$ref": "#/$defs/observer"}, "Listeners outside the outcome."),
            "segments": list_of({"$ref": "#/$defs/segment"}, minItems=1),
        },
        required=["name", "segments"],
        description=f"A saga of segments of steps, {MAX_STEPS} steps at most.",
    ),
    "$defs": {
        "segment": _SEGMENT,
        "condition": _CONDITION,
        "input": _INPUT,
        "retry": _RETRY,
        "observer": _OBSERVER,
    },
}
