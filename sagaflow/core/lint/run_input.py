"""The rule about a saga that does not say what its runs need: actions require fields that no schema asks for."""

from collections.abc import Iterator, Mapping

from sagaflow.core.definition.condition import tokens
from sagaflow.core.definition.saga import Saga, Step
from sagaflow.core.json_value import Json
from sagaflow.core.lint.data import OPEN, reads
from sagaflow.core.lint.finding import Finding, Severity, StateInput
from sagaflow.core.lint.fit import Given, given
from sagaflow.core.lint.names import Known

__all__ = ["input_in_use", "no_input_schema"]

MOST = 3
"""Takers that a message names; it counts the others."""


def no_input_schema(saga: Saga, known: Known) -> Iterator[Finding]:
    """The saga has no input schema, and an action or a sub-saga that gets the whole input requires fields."""
    if saga.input_schema is not None:
        return
    takers = (each for step in saga.steps.values() for each in _takers(step, known))
    wanted = {each.taker: fields for each in takers if (fields := tuple(each.lacks()))}
    if not wanted:
        return
    named = [f"{taker} requires {_quoted(fields)}" for taker, fields in [*wanted.items()][:MOST]]
    others = f" ({MOST} of {len(wanted)} are named)" if len(wanted) > MOST else ""
    message = (
        f"it has no input schema, so that a run begins with any input and fails where a step gets all of it: "
        f"{', '.join(named)}{others}; give it an input schema, or give these steps an input of their own"
    )
    yield Finding(
        rule="no-input-schema",
        severity=Severity.ADVICE,
        element="saga",
        message=message,
        proposal=StateInput(input_in_use(saga, known)),
    )


def input_in_use(saga: Saga, known: Known) -> dict[str, Json]:
    """Return a schema of the input with every field that the steps, the search attributes or the key of the run use.

    It requires what an action or a sub-saga requires of the whole input, and what a mapping picks without a default. A
    step with a condition requires nothing: runs that skip it may begin without its fields. The rules of a field are
    those of the first taker that has any.
    """
    properties: dict[str, Json] = {}
    required: dict[str, None] = {}
    steps = saga.steps.values()
    whole = ((step, each) for step in steps for each in _of_whole_input(step, known))
    picked = ((step, each) for step in steps for each in _of_mapping(step, known))
    for user, (name, rules, is_needed) in (*whole, *picked):
        _add(properties, name, rules)
        if is_needed and user.condition is None:
            required[name] = None
    for pointer in _pointers(saga):
        match tokens(pointer):
            case ("input", name, *_):
                _add(properties, name, None)
            case _:
                pass
    return {"type": "object", "properties": properties, "required": list(required)}


def _of_whole_input(step: Step, known: Known) -> Iterator[tuple[str, Json, bool]]:
    """Yield each field that the step requires of the whole input, with its rules."""
    for each in _takers(step, known):
        for field in each.lacks():
            yield field, each.properties.get(field), True


def _of_mapping(step: Step, known: Known) -> Iterator[tuple[str, Json, bool]]:
    """Yield each field of the input that the mapping of the step picks, with its rules, and if it has no default."""
    takes = known.takes(step) or {}
    wanted = takes.get("properties", {})
    for field, pick in step.input.picks.items() if step.input else ():
        match tokens(pick.pointer):
            case ("input", name):
                yield name, wanted.get(field), not pick.has_default
            case ("input", name, *_):
                yield name, {"type": "object"}, not pick.has_default
            case _:
                pass


def _pointers(saga: Saga) -> Iterator[str]:
    """Yield what steps read, and the search attributes and the key of the run, which are read from its input."""
    for step in saga.steps.values():
        yield from (pointer for _, pointer in reads(step))
    key = saga.pointer_to_key(saga.starts_on) if saga.starts_on else None
    yield from (f"/input{pointer}" for pointer in (*saga.search.values(), key) if pointer)


def _takers(step: Step, known: Known) -> Iterator[Given]:
    """Yield the work of the step that gets the whole input of the run, and has a schema."""
    return (each for each in given(step, known) if each.mapping is None)


def _add(properties: dict[str, Json], name: str, rules: Json) -> None:
    """List a field. Rules that refer to another schema stand for themselves there only, so that they are left out."""
    own = rules if isinstance(rules, Mapping) and not any(word in rules for word in OPEN) else {}
    if not properties.get(name):
        properties[name] = dict(own)


def _quoted(fields: tuple[str, ...]) -> str:
    *others, last = (f"'{field}'" for field in fields)
    return f"{', '.join(others)} and {last}" if others else last
