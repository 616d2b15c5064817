"""The JSON Schema (2020-12) of a definition's document: the one place that says which keys there are.

``validate`` checks a document by it, the designer and editors complete by it. What a schema cannot say (names that lead
nowhere, cycles, two pivots) is the business of ``problems``.
"""

import copy
from typing import Any

from sagaflow.core.definition.condition import COMPARISONS
from sagaflow.core.definition.fields import ACTION, EVENT, LONGEST, NAME, named, seconds, text
from sagaflow.core.definition.parts import CompensateOn, OnExhausted, OnUndoFailure, Recovery, Style
from sagaflow.core.definition.problems import MAX_STEPS
from sagaflow.core.definition.retry import RetryPolicy
from sagaflow.core.definition.work import Call, StepKind, kinds

__all__ = ["UNDO_KEYS", "schema"]

UNDO_KEYS = ("compensate", "semantic", "irreversible", "nothing")
"""A compensation that is more than the name of an action has exactly one of them."""


def schema() -> dict[str, Any]:
    """A fresh copy of the schema, with every kind of step that this process knows."""
    made = copy.deepcopy(_SCHEMA)
    made["$defs"] |= {"step": _step(), "undo": _undo()}
    return made


def _brought(known: tuple[type[StepKind], ...]) -> dict[str, Any]:
    """What kinds bring into an object: their properties, of which there is one kind, and what goes with it only."""
    properties = {kind.key: kind.properties() for kind in known}
    return {
        "properties": {key: rule for each in properties.values() for key, rule in each.items()},
        "oneOf": _one_of(*properties),
        "dependentRequired": {key: [own] for own, each in properties.items() for key in each if key != own},
    }


def _list(items: dict[str, Any], description: str = "", **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, "description": description, **more}


def _choice(kind: Any, description: str) -> dict[str, Any]:
    return {"type": "string", "enum": [item.value for item in kind], "description": description}


def _object(title: str, properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"title": title, "type": "object", "additionalProperties": False, "properties": properties, **more}


def _one_of(*keys: str) -> list[dict[str, Any]]:
    return [{"required": [key]} for key in keys]


_POINTER = text("A JSON pointer (RFC 6901).", pattern="^(?:/.*)?$", maxLength=500)
_FLAG = {"type": "boolean"}
_EVENTS = _list(named(EVENT, "The name of an event."))

_RETRY = _object(
    "retry policy",
    {
        "attempts": {"type": "integer", "minimum": 1, "maximum": 1000, "description": "In all, the first included."},
        "delay": {"type": "number", "minimum": 0, "description": "Seconds before the second attempt."},
        "max_delay": {"type": "number", "minimum": 0, "description": "Seconds; no delay is longer."},
        "factor": {"type": "number", "minimum": 1, "description": "Each delay is this many times the one before."},
        "jitter": {"type": "number", "minimum": 0, "maximum": 1, "description": "The share left to chance."},
        "total": seconds("No attempt begins later than this after the first became due."),
    },
    description="What is left out is as in the default policy.",
)
if set(_RETRY["properties"]) != set(RetryPolicy.__dataclass_fields__):
    raise AssertionError("The schema and RetryPolicy have different fields; add the new one here too.")


def _undo() -> dict[str, Any]:
    """The schema of a compensation: the name of an action, or an object that says more."""
    call = named(ACTION, "The action that undoes the step: service.verb.")
    others = _brought(tuple(kind for kind in kinds(undo=True) if kind is not Call))
    undoes = {"anyOf": [call, _object("compensation by others", **others)]}
    properties = {
        "compensate": undoes,
        "semantic": undoes,
        "irreversible": text("Nothing undoes it: why.", pattern=r"\S"),
        "nothing": text("It leaves nothing behind: why.", pattern=r"\S"),
        "reason": text("What stays behind, for the rollback record."),
        "needs": _list(_POINTER, "Pointers into the action's output that the compensation reads."),
        "emits": named(EVENT, "The event of a successful undo; default <Step>Compensated."),
    }
    return {"anyOf": [call, _object("compensation", properties, oneOf=_one_of(*UNDO_KEYS))]}


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
        "every": _list({"$ref": "#/$defs/condition"}, minItems=1),
        "some": _list({"$ref": "#/$defs/condition"}, minItems=1),
        "not": {"$ref": "#/$defs/condition"},
    },
    oneOf=_one_of(*COMPARISONS, "every", "some", "not"),
    description='Looks at /input and /steps/<step>: {"gt": ["/input/total", 100]}.',
)


def _step() -> dict[str, Any]:
    """The schema of a step: exactly one kind of work, and everything else."""
    work = _brought(kinds())
    return _object("step", {**_HEAD, **work.pop("properties"), **_TAIL}, required=["name"], **work)


_HEAD = {
    "name": named(NAME, "Unique in the saga."),
    "title": text("For people."),
}
_TAIL = {
    "undo": {"$ref": "#/$defs/undo"},
    "after": _list({"type": "string"}, "Steps of the same segment; left out: the one before."),
    "on": {**_EVENTS, "description": "The events that it reacts to, all of them; left out: derived."},
    "emits": named(EVENT, "The event of success; default <Step>Completed."),
    "fails_as": {
        "type": "object",
        "additionalProperties": named(EVENT, "The event of that failure."),
        "description": "Business error code to event; default <Step>Failed.",
    },
    "outputs": _list({"type": "string"}, "The names that the action's output has."),
    "condition": {"$ref": "#/$defs/condition"},
    "retry": {"$ref": "#/$defs/retry"},
    "undo_retry": {"$ref": "#/$defs/retry"},
    "timeout": seconds("For one attempt, in seconds; choreographed: also for the reaction to begin."),
    "pivot": {**_FLAG, "description": "The point of no return."},
    "compensate_on": _choice(CompensateOn, "Which outcomes call for the compensation."),
    "on_exhausted": _choice(OnExhausted, "When the action's retries are used up."),
    "on_undo_failure": _choice(OnUndoFailure, "When the compensation fails for good."),
}

_SEGMENT = _object(
    "segment",
    {
        "name": named(NAME, "Unique in the saga."),
        "style": _choice(Style, "How the segment is driven."),
        "team": text("The owner."),
        "title": text("For people."),
        "after": _list({"type": "string"}, "Segments; left out: the one before; []: starts with the run."),
        "savepoint": {**_FLAG, "description": "A save-point is taken when the segment starts."},
        "recovery": _choice(Recovery, "Which way it goes after a business error."),
        "forward_attempts": {"type": "integer", "minimum": 1, "maximum": 100},
        "coordinator": text("What the coordinator of an orchestrated segment is called in sequence diagrams."),
        "steps": _list({"$ref": "#/$defs/step"}, minItems=1),
    },
    required=["name", "style", "steps"],
)

_OBSERVER = _object(
    "observer",
    {"name": named(NAME, "Unique in the saga."), "action": named(ACTION, "service.verb"), "on": _EVENTS},
    required=["name", "action", "on"],
)

_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "urn:sagaflow:definition",
    **_object(
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
            "sensitive": _list({"type": "string"}, "Fields that are shown masked, at any depth."),
            "deadline": seconds("From the start of the run."),
            "after_rollback": _object(
                "retry of the whole run",
                {
                    "retries": {"type": "integer", "minimum": 0, "maximum": 1000},
                    "delay": {"type": "number", "minimum": 0, "maximum": LONGEST},
                },
            ),
            "observers": _list({"$ref": "#/$defs/observer"}, "Listeners outside the outcome."),
            "segments": _list({"$ref": "#/$defs/segment"}, minItems=1),
        },
        required=["name", "segments"],
        description=f"A saga of segments of steps, {MAX_STEPS} steps at most.",
    ),
    "$defs": {
        "segment": _SEGMENT,
        "condition": _CONDITION,
        "retry": _RETRY,
        "observer": _OBSERVER,
    },
}
