"""The rule about comparisons whose result the schema of the compared value decides: another type, or no value of it."""

from collections.abc import Iterator, Mapping

from sagaflow.core.definition.condition import Condition, tokens
from sagaflow.core.definition.fields import plain
from sagaflow.core.definition.saga import Saga, Step
from sagaflow.core.halting import go_on
from sagaflow.core.json_value import Json
from sagaflow.core.lint.data import alternatives, schema_at, type_of, types_of
from sagaflow.core.lint.finding import Finding, of_step
from sagaflow.core.lint.names import Known, close_to
from sagaflow.core.payload import canonical, same

__all__ = ["compares_apart"]

COMPARING = ("eq", "ne", "lt", "le", "gt", "ge", "in")
NUMBERS = {"integer", "number"}
LONGEST = 60
"""Characters of a value that a message quotes."""


def compares_apart(saga: Saga, known: Known) -> Iterator[Finding]:
    """A condition compares a value with one that it never has: the comparison has the same result in every run."""
    for name, step in saga.steps.items():
        for message in dict.fromkeys(_told(saga, step, known)):
            yield of_step(saga, name, "compares-apart", message)


def _told(saga: Saga, step: Step, known: Known) -> Iterator[str]:
    for what, comparison in _comparisons(step):
        if why := _why(saga, step, comparison, known):
            result = "always holds where there is a value" if comparison.op == "ne" else "never holds"
            compared = f"{comparison.pointer}, which is {why}, with {_text(plain(comparison.value))}"
            yield f"{what} compares {compared}, and {result}; {_remedy(saga, step, comparison, known)}"


def _comparisons(step: Step) -> Iterator[tuple[str, Condition]]:
    """Yield each comparison of a step with a value, after the subject of a sentence about it."""
    conditions = [("its condition", step.condition)] if step.condition else []
    conditions += [("its fails_when", condition) for condition in step.fails_when.values()]
    for what, condition in conditions:
        todo = [condition]
        while todo:
            go_on()
            part = todo.pop()
            todo += reversed(part.parts)
            if part.op in COMPARING:
                yield what, part


def _why(saga: Saga, step: Step, comparison: Condition, known: Known) -> str:
    """Return what the schema allows where that decides the comparison; empty: it may have either result."""
    schema, values = _schema(saga, step, comparison.pointer, known), _values(comparison)
    types, listed = types_of(schema), _listed(schema)
    if types and not any(_may_compare(comparison.op, kind, type_of(value)) for kind in types for value in values):
        return alternatives(types) if values else ""
    is_equality = comparison.op in ("eq", "ne", "in")
    if is_equality and listed and not any(same(value, one) for value in values for one in listed):
        return f"one of {_text(listed)}" if values else ""
    return ""


def _remedy(saga: Saga, step: Step, comparison: Condition, known: Known) -> str:
    listed = [one for one in _listed(_schema(saga, step, comparison.pointer, known)) if isinstance(one, str)]
    close = "".join(close_to(value, listed) for value in _values(comparison) if isinstance(value, str))
    return f"{close}correct the value, or the schema"


def _values(comparison: Condition) -> list[Json]:
    value = plain(comparison.value)
    return value if comparison.op == "in" else [value]


def _may_compare(op: str, kind: str, other: str) -> bool:
    """Say whether a value of the type ``kind`` may be equal to one of the type ``other``, or less, as ``op`` says."""
    if {kind, other} <= NUMBERS:
        return op not in ("eq", "ne", "in") or (kind, other) != ("integer", "number")
    return kind == other and (kind == "string" or op in ("eq", "ne", "in"))


def _listed(schema: Json) -> list[Json]:
    """Return the only values that the schema allows, where it lists them; empty: it does not."""
    if not isinstance(schema, Mapping) or "$ref" in schema:
        return []
    listed = [schema["const"]] if "const" in schema else schema.get("enum", ())
    return [*listed] if isinstance(listed, list | tuple) else []


def _schema(saga: Saga, step: Step, pointer: str, known: Known) -> Json:
    """Return the schema of the value at the pointer; ``None``: it is not known."""
    match tokens(pointer):
        case ("input", *path):
            return schema_at(saga.input_schema, path)
        case ("steps", name, *path) if name in saga.steps:
            return schema_at(known.gives(saga.steps[name]), path)
        case ("output", *path):
            return schema_at(known.gives(step), path)
        case _:
            return None


def _text(value: Json) -> str:
    text = canonical(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
