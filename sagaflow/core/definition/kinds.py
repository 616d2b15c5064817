"""Registration of a project's own kinds of step: the rules that a class has to keep."""

from dataclasses import fields
from typing import get_type_hints

from sagaflow.core.definition import work
from sagaflow.core.definition.fields import NAME, NOTE
from sagaflow.core.definition.parts import Step
from sagaflow.core.definition.work import JSON_TYPES, StepKind, kinds
from sagaflow.core.errors import SagaflowError

__all__ = ["BadKind", "add"]


class BadKind(SagaflowError):
    """The class cannot be registered as a kind of step."""


def add(kind: type[StepKind]) -> None:
    """Allow a project's own kind of step in definitions, by its key.

    Raises:
        BadKind: the class is not a frozen dataclass with fields of simple types, or its key is taken or invalid.
    """
    label = f"The kind of step {kind.__name__}"
    if "__dataclass_params__" not in vars(kind) or not vars(kind)["__dataclass_params__"].frozen:
        raise BadKind(f"{label} is not a frozen dataclass; put @dataclass(frozen=True) between @step_kind() and class.")
    hints = get_type_hints(kind)
    wrong = [field.name for field in fields(kind) if hints[field.name] not in JSON_TYPES]
    if wrong:
        raise BadKind(
            f"{label} has the field '{wrong[0]}', which is not of type str, bool, int or float; use one of them."
        )
    if not NAME.fullmatch(kind.key):
        raise BadKind(f"{label} has the key '{kind.key}', which is not a valid name; write letters, digits, _ or -.")
    if kind.key in _taken(kind):
        raise BadKind(f"{label} has the key '{kind.key}', which a step has already; choose another.")
    if kind.perform is StepKind.perform:
        raise BadKind(f"{label} has no method perform(context); add one that does the work and returns the output.")
    work.KINDS[kind.key] = kind


def _taken(kind: type[StepKind]) -> set[str]:
    """Return the keys that the document of a step has without ``kind``."""
    others = (other for other in kinds() if other is not kind)
    return {NOTE} | {field.name for field in fields(Step)} | {key for other in others for key in other.properties()}
