"""The rule about conditions that read a value that cannot exist: an unlisted output, or a forbidden input."""

from collections.abc import Iterator, Mapping

from sagaflow.core.definition.condition import Condition, tokens
from sagaflow.core.definition.problems import step_path
from sagaflow.core.definition.saga import Saga
from sagaflow.core.lint.finding import Finding, Severity

__all__ = ["reads_nothing"]

OPEN = ("$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "if", "patternProperties", "unevaluatedProperties")
"""Keywords that may allow a name that ``properties`` does not list. The rule ignores schemas that have one."""


def reads_nothing(saga: Saga) -> Iterator[Finding]:
    """A pointer of a condition certainly leads to no value."""
    for name, step in saga.steps.items():
        element = step_path(saga.graph.segment_of[name].name, name)
        for pointer in dict.fromkeys(_pointers(step.condition)):
            if why := _nowhere(saga, pointer):
                message = f"its condition reads {pointer}, but {why}"
                yield Finding(rule="reads-nothing", severity=Severity.WARNING, element=element, message=message)


def _pointers(condition: Condition | None) -> Iterator[str]:
    if condition is None:
        return
    if condition.pointer:
        yield condition.pointer
    for part in condition.parts:
        yield from _pointers(part)


def _nowhere(saga: Saga, pointer: str) -> str:
    """Return the reason why the pointer leads to no value, with the remedy; empty: it may lead to one."""
    match tokens(pointer):
        case ("input", *path):
            missing = _not_allowed(saga.input_schema, path)
            return (
                f"the input schema does not allow '{missing}'; correct it, or add it to the schema" if missing else ""
            )
        case ("steps", name, output, *_) if name in saga.steps:
            outputs = saga.steps[name].outputs
            if outputs is None or output in outputs:
                return ""
            listed = ", ".join(f"'{name}'" for name in outputs) or "none"
            return f"'{output}' is not among the outputs of '{name}' ({listed}); correct it, or list it there"
        case _:
            return ""


def _not_allowed(schema: object, path: list[str]) -> str:
    """Return the first name of the path that no input can have; empty: the schema allows every name."""
    for token in path:
        if not isinstance(schema, Mapping) or any(word in schema for word in OPEN):
            return ""
        properties = schema.get("properties", {})
        if token not in properties:
            return token if schema.get("additionalProperties") is False and not token.isdecimal() else ""
        schema = properties[token]
    return ""
