"""Read a document that fits its schema (see ``validate``) as a saga; a missing part gets a value without faults."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sagaflow.core.definition.condition import Condition, where
from sagaflow.core.definition.document_schema import UNDO_KEYS
from sagaflow.core.definition.retry import PATIENT, STANDARD
from sagaflow.core.definition.saga import (
    AfterRollback,
    CompensateOn,
    Compensation,
    Discard,
    Observer,
    OnExhausted,
    OnUndoFailure,
    Recovery,
    Saga,
    Segment,
    Step,
    Style,
    Undo,
)
from sagaflow.core.definition.work import Call, StepKind, kinds

__all__ = ["read"]


def read(data: Mapping[str, Any]) -> Saga:
    """The saga of ``data``.

    Raises:
        InvalidDefinition: what it says breaks a rule of ``problems``.
    """
    options = _taken(data, "title", "input_schema", "search", "sensitive", "deadline")
    after = data.get("after_rollback")
    return Saga(
        data["name"],
        tuple(_read_segment(item) for item in data.get("segments", ()) if "name" in item),
        after_rollback=AfterRollback(**after) if after else Discard,
        observers=tuple(
            Observer(item["name"], item["action"], item.get("on", ()))
            for item in data.get("observers", ())
            if "name" in item and "action" in item
        ),
        **options,
    )


def _read_segment(data: Mapping[str, Any]) -> Segment:
    return Segment(
        name=data["name"],
        style=Style(data.get("style", Style.ORCHESTRATED)),
        steps=tuple(_read_step(item) for item in data.get("steps", ()) if "name" in item),
        recovery=Recovery(data.get("recovery", Recovery.BACKWARD)),
        **_taken(data, "team", "title", "after", "savepoint", "forward_attempts", "coordinator"),
    )


def _read_step(data: Mapping[str, Any]) -> Step:
    return Step(
        data["name"],
        _read_work(data),
        undo=_read_undo(data["undo"]) if "undo" in data else None,
        condition=_read_condition(data["condition"]) if "condition" in data else None,
        retry=replace(STANDARD, **data.get("retry", {})),
        undo_retry=replace(PATIENT, **data.get("undo_retry", {})),
        compensate_on=CompensateOn(data.get("compensate_on", CompensateOn.COMPLETED)),
        on_exhausted=OnExhausted(data.get("on_exhausted", OnExhausted.PARK)),
        on_undo_failure=OnUndoFailure(data.get("on_undo_failure", OnUndoFailure.PARK)),
        **_taken(data, "title", "after", "on", "emits", "fails_as", "outputs", "timeout", "pivot"),
    )


def _read_work(data: Mapping[str, Any]) -> StepKind:
    """The work; where the document says none, one that has no faults of its own."""
    return next((kind.read(data) for kind in kinds() if kind.key in data), Call("missing.work"))


def _read_undo(data: Any) -> Compensation:
    if isinstance(data, str):
        return Compensation(does=Call(data))
    kind = next(key for key in UNDO_KEYS if key in data)
    options = {"needs": tuple(data.get("needs", ())), "emits": data.get("emits")}
    if kind in (Undo.IRREVERSIBLE, Undo.NOTHING):
        return Compensation(kind=Undo(kind), reason=data[kind], **options)
    return Compensation(kind=Undo(kind), does=_read_undoes(data[kind]), reason=data.get("reason", ""), **options)


def _read_undoes(data: Any) -> StepKind:
    if isinstance(data, str):
        return Call(data)
    return next(kind.read(data) for kind in kinds(undo=True) if kind.key in data)


def _read_condition(data: Mapping[str, Any]) -> Condition:
    ((op, value),) = data.items()
    match op:
        case "every" | "some":
            return Condition(op, parts=tuple(_read_condition(part) for part in value))
        case "not":
            return Condition(op, parts=(_read_condition(value),))
        case "exists" | "absent":
            return where(value, op)
        case _:
            return where(value[0], op, value[1])


def _taken(data: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: data[name] for name in names if name in data}
