"""A definition becomes a document.

Defaults are left out, and numbers have one form, so that equal definitions have one digest.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from sagaflow.core.definition.condition import Condition
from sagaflow.core.definition.parts import (
    AfterRollback,
    CompensateOn,
    Compensation,
    OnExhausted,
    OnUndoFailure,
    Recovery,
    Segment,
    Step,
    UncheckedSaga,
)
from sagaflow.core.definition.retry import PATIENT, STANDARD, RetryPolicy
from sagaflow.core.definition.work import Call, StepKind
from sagaflow.core.payload import canonical

__all__ = ["digest", "dump"]

SAFE_INTEGER = 2**53
"""Whole numbers below are written without a fraction, as a browser writes them."""


def dump(saga: UncheckedSaga) -> dict[str, Any]:
    """The document of ``saga``: JSON types only, keys in reading order."""
    return _sparse(
        {
            "name": saga.name,
            "title": saga.title,
            "input_schema": None if saga.input_schema is None else _plain(saga.input_schema),
            "search": dict(saga.search),
            "sensitive": list(saga.sensitive),
            "deadline": _plain(saga.deadline),
            "after_rollback": _after_rollback(saga.after_rollback),
            "observers": [{"name": each.name, "action": each.action, "on": list(each.on)} for each in saga.observers],
        },
        keep=("input_schema",),
    ) | {"segments": [_segment(segment) for segment in saga.segments]}


def digest(saga: UncheckedSaga) -> str:
    """The name of a definition's content: sha256 (hex) of the canonical JSON of its document."""
    return hashlib.sha256(canonical(dump(saga)).encode()).hexdigest()


def _segment(segment: Segment) -> dict[str, Any]:
    head = {
        "name": segment.name,
        "style": segment.style.value,
        "team": segment.team,
        "title": segment.title,
        "after": _listed(segment.after),
        "savepoint": segment.savepoint,
        "recovery": _unless(segment.recovery, Recovery.BACKWARD),
        "forward_attempts": _unless(segment.forward_attempts, 3),
        "coordinator": segment.coordinator,
    }
    return _sparse(head, keep=("after",)) | {"steps": [_step(step) for step in segment.steps]}


def _step(step: Step) -> dict[str, Any]:
    return _sparse(
        {
            "name": step.name,
            "title": step.title,
            **_plain(step.does.document()),
            "undo": _undo(step.undo),
            "after": _listed(step.after),
            "on": _listed(step.on),
            "emits": step.emits,
            "fails_as": dict(step.fails_as),
            "outputs": _listed(step.outputs),
            "condition": step.condition and _condition(step.condition),
            "retry": _policy(step.retry, STANDARD),
            "undo_retry": _policy(step.undo_retry, PATIENT),
            "timeout": _plain(step.timeout),
            "pivot": step.pivot,
            "compensate_on": _unless(step.compensate_on, CompensateOn.COMPLETED),
            "on_exhausted": _unless(step.on_exhausted, OnExhausted.PARK),
            "on_undo_failure": _unless(step.on_undo_failure, OnUndoFailure.PARK),
        },
        keep=("after", "on", "outputs"),
    )


def _undo(undo: Compensation | None) -> Any:
    if undo is None:
        return None
    if undo == Compensation(does=undo.does) and isinstance(undo.does, Call):
        return undo.does.action
    told = {} if undo.does is None else {"reason": undo.reason}
    return {undo.kind.value: undo.reason if undo.does is None else _undoes(undo.does)} | _sparse(
        {**told, "needs": list(undo.needs), "emits": undo.emits}
    )


def _undoes(does: StepKind) -> Any:
    """An action is written by its name alone."""
    return does.calls if isinstance(does, Call) else _sparse(_plain(does.document()))


def _condition(condition: Condition) -> dict[str, Any]:
    match condition.op:
        case "every" | "some":
            return {condition.op: [_condition(part) for part in condition.parts]}
        case "not":
            return {"not": _condition(condition.parts[0])}
        case "exists" | "absent":
            return {condition.op: condition.pointer}
        case _:
            return {condition.op: [condition.pointer, _plain(condition.value)]}


def _policy(policy: RetryPolicy, default: RetryPolicy) -> dict[str, Any]:
    return {
        item.name: _plain(getattr(policy, item.name))
        for item in fields(RetryPolicy)
        if getattr(policy, item.name) != getattr(default, item.name)
    }


def _after_rollback(after: AfterRollback) -> dict[str, Any]:
    return _sparse({"retries": after.retries, "delay": _plain(after.delay)})


def _listed(names: tuple[str, ...] | None) -> list[str] | None:
    return None if names is None else list(names)


def _unless(value: Any, default: Any) -> Any:
    return None if value == default else getattr(value, "value", value)


def _sparse(values: Mapping[str, Any], keep: tuple[str, ...] = ()) -> dict[str, Any]:
    """Without what is empty; of ``keep``, an empty list or object says something."""
    return {name: value for name, value in values.items() if value or (name in keep and value is not None)}


def _plain(value: Any) -> Any:
    """``value`` in JSON types, each whole number in one form."""
    match value:
        case float() if value.is_integer() and abs(value) < SAFE_INTEGER:
            return int(value)
        case list() | tuple():
            return [_plain(item) for item in value]
        case Mapping():
            return {key: _plain(item) for key, item in value.items()}
        case _:
            return value
