"""The JSON Schema (2020-12) of a definition's document: the one place that says which keys there are.

``shape`` checks a document by it, the designer and editors complete by it. What a schema cannot say (names that lead
nowhere, cycles, two pivots) is the business of ``problems``.
"""

import copy
from typing import Any

from sagaflow.core.condition import COMPARISONS
from sagaflow.core.elements import CompensateOn, OnExhausted, OnUndoFailure, Recovery, Style
from sagaflow.core.problems import ACTION, EVENT, LONGEST, MAX_STEPS, NAME
from sagaflow.core.retry import RetryPolicy

__all__ = ["UNDO_KEYS", "WORK_KEYS", "schema"]

WORK_KEYS = ("action", "event", "timer", "approval", "saga")
"""A step has exactly one of them."""
UNDO_KEYS = ("compensate", "semantic", "irreversible", "nothing")
"""A compensation that is more than the name of an action has exactly one of them."""


def schema() -> dict[str, Any]:
    """A fresh copy of the schema."""
    return copy.deepcopy(_SCHEMA)


def _text(description: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "description": description, **more}


def _named(pattern: Any, description: str) -> dict[str, Any]:
    return _text(description, pattern=f"^(?:{pattern.pattern})$")


def _list(items: dict[str, Any], description: str = "", **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, "description": description, **more}


def _choice(kind: Any, description: str) -> dict[str, Any]:
    return {"type": "string", "enum": [item.value for item in kind], "description": description}


def _seconds(description: str) -> dict[str, Any]:
    return {"type": "number", "exclusiveMinimum": 0, "maximum": LONGEST, "description": description}


def _object(title: str, properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"title": title, "type": "object", "additionalProperties": False, "properties": properties, **more}


def _one_of(*keys: str) -> list[dict[str, Any]]:
    return [{"required": [key]} for key in keys]


_POINTER = _text("A JSON pointer (RFC 6901).", pattern="^(?:/.*)?$", maxLength=500)
_FLAG = {"type": "boolean"}
_EVENTS = _list(_named(EVENT, "The name of an event."))

_RETRY = _object(
    "retry policy",
    {
        "attempts": {"type": "integer", "minimum": 1, "maximum": 1000, "description": "In all, the first included."},
        "delay": {"type": "number", "minimum": 0, "description": "Seconds before the second attempt."},
        "max_delay": {"type": "number", "minimum": 0, "description": "Seconds; no delay is longer."},
        "factor": {"type": "number", "minimum": 1, "description": "Each delay is this many times the one before."},
        "jitter": {"type": "number", "minimum": 0, "maximum": 1, "description": "The share left to chance."},
        "total": _seconds("No attempt begins later than this after the first became due."),
    },
    description="What is left out is as in the default policy.",
)
if set(_RETRY["properties"]) != set(RetryPolicy.__dataclass_fields__):
    raise AssertionError("The schema and RetryPolicy have different fields; add the new one here too.")

_UNDOES = {
    "anyOf": [
        _named(ACTION, "The action that undoes the step: service.verb."),
        _object(
            "compensation by others",
            {
                "event": _named(EVENT, "A participant outside undoes it and says so with this event."),
                "service": _named(NAME, "The participant that publishes the event."),
                "rollback": {"type": "boolean", "enum": [True], "description": "Roll the sub-saga's run back."},
            },
            oneOf=_one_of("event", "rollback"),
            dependentRequired={"service": ["event"]},
        ),
    ]
}

_UNDO = {
    "anyOf": [
        _named(ACTION, "The action that undoes the step: service.verb."),
        _object(
            "compensation",
            {
                "compensate": _UNDOES,
                "semantic": _UNDOES,
                "irreversible": _text("Nothing undoes it: why.", pattern=r"\S"),
                "nothing": _text("It leaves nothing behind: why.", pattern=r"\S"),
                "reason": _text("What stays behind, for the rollback record."),
                "needs": _list(_POINTER, "Pointers into the action's output that the compensation reads."),
                "emits": _named(EVENT, "The event of a successful undo; default <Step>Compensated."),
            },
            oneOf=_one_of(*UNDO_KEYS),
        ),
    ]
}

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

_STEP = _object(
    "step",
    {
        "name": _named(NAME, "Unique in the saga."),
        "title": _text("For people."),
        "action": _named(ACTION, "The registered callable or endpoint that does it: service.verb."),
        "event": _named(EVENT, "Wait for this event from outside."),
        "service": _named(NAME, "The participant that publishes the event."),
        "timer": _seconds("A durable wait, in seconds."),
        "approval": _text("The group of which a person decides.", pattern=r"\S"),
        "saga": _named(NAME, "A run of that saga."),
        "undo": {"$ref": "#/$defs/undo"},
        "after": _list({"type": "string"}, "Steps of the same segment; left out: the one before."),
        "on": {**_EVENTS, "description": "The events that it reacts to, all of them; left out: derived."},
        "emits": _named(EVENT, "The event of success; default <Step>Completed."),
        "fails_as": {
            "type": "object",
            "additionalProperties": _named(EVENT, "The event of that failure."),
            "description": "Business error code to event; default <Step>Failed.",
        },
        "outputs": _list({"type": "string"}, "The names that the action's output has."),
        "condition": {"$ref": "#/$defs/condition"},
        "retry": {"$ref": "#/$defs/retry"},
        "undo_retry": {"$ref": "#/$defs/retry"},
        "timeout": _seconds("For one attempt, in seconds; choreographed: also for the reaction to begin."),
        "pivot": {**_FLAG, "description": "The point of no return."},
        "compensate_on": _choice(CompensateOn, "Which outcomes call for the compensation."),
        "on_exhausted": _choice(OnExhausted, "When the action's retries are used up."),
        "on_undo_failure": _choice(OnUndoFailure, "When the compensation fails for good."),
    },
    required=["name"],
    oneOf=_one_of(*WORK_KEYS),
    dependentRequired={"service": ["event"]},
)

_SEGMENT = _object(
    "segment",
    {
        "name": _named(NAME, "Unique in the saga."),
        "style": _choice(Style, "How the segment is driven."),
        "team": _text("The owner."),
        "title": _text("For people."),
        "after": _list({"type": "string"}, "Segments; left out: the one before; []: starts with the run."),
        "savepoint": {**_FLAG, "description": "A save-point is taken when the segment starts."},
        "recovery": _choice(Recovery, "Which way it goes after a business error."),
        "forward_attempts": {"type": "integer", "minimum": 1, "maximum": 100},
        "steps": _list({"$ref": "#/$defs/step"}, minItems=1),
    },
    required=["name", "style", "steps"],
)

_OBSERVER = _object(
    "observer",
    {"name": _named(NAME, "Unique in the saga."), "action": _named(ACTION, "service.verb"), "on": _EVENTS},
    required=["name", "action", "on"],
)

_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "urn:sagaflow:definition",
    **_object(
        "saga",
        {
            "name": _named(NAME, "Unique in the project."),
            "title": _text("For people."),
            "input_schema": {"type": "object", "description": "JSON Schema of the run's input."},
            "search": {
                "type": "object",
                "additionalProperties": _POINTER,
                "description": "Search attributes: name to pointer into the input.",
            },
            "sensitive": _list({"type": "string"}, "Fields that are shown masked, at any depth."),
            "deadline": _seconds("From the start of the run."),
            "after_rollback": _object(
                "retry of the whole run",
                {
                    "retries": {"type": "integer", "minimum": 0, "maximum": 1000},
                    "delay": {"type": "number", "minimum": 0, "maximum": LONGEST},
                },
            ),
            "observers": _list({"$ref": "#/$defs/observer"}, "Subscribers outside the outcome."),
            "segments": _list({"$ref": "#/$defs/segment"}, minItems=1),
        },
        required=["name", "segments"],
        description=f"A saga of segments of steps, {MAX_STEPS} steps at most.",
    ),
    "$defs": {
        "segment": _SEGMENT,
        "step": _STEP,
        "undo": _UNDO,
        "condition": _CONDITION,
        "retry": _RETRY,
        "observer": _OBSERVER,
    },
}
