"""Rules about the data that a step reads: pointers that lead nowhere, or only in some runs, and masks that are lost."""

from collections.abc import Iterator, Mapping

from sagaflow.core.definition.condition import Condition, every, tokens
from sagaflow.core.definition.input_mapping import InputMapping, Pick
from sagaflow.core.definition.saga import Saga, Step
from sagaflow.core.json_value import Json
from sagaflow.core.lint.contradiction import contradicts
from sagaflow.core.lint.finding import Finding, Severity, of_step
from sagaflow.core.lint.names import Known, close_to

__all__ = [
    "OPEN",
    "along",
    "alternatives",
    "is_certain",
    "masked_below",
    "may_be_missing",
    "reads",
    "reads_nothing",
    "schema_at",
    "type_of",
    "types_of",
    "unmasked_elsewhere",
    "why_missing",
]

TYPES: Mapping[type, str] = {
    type(None): "null",
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}
"""Python's type of a value of JSON → the type that a schema names."""

OPEN = ("$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "if", "patternProperties", "unevaluatedProperties")
"""Keywords that may allow a name that ``properties`` does not list. The rules ignore schemas that have one."""


def reads_nothing(saga: Saga, known: Known) -> Iterator[Finding]:
    """A pointer of a condition, of an input, of a search attribute or of a key certainly leads to no value."""
    for name, pointer in saga.search.items():
        if why := _not_in_input(saga, [*tokens(pointer)]):
            message = f"its search attribute '{name}' reads {pointer}, but {why}"
            yield Finding(rule="reads-nothing", severity=Severity.WARNING, element="saga", message=message)
    key = saga.pointer_to_key(saga.starts_on) if saga.starts_on else None
    if key is not None and (why := _not_in_input(saga, [*tokens(key)])):
        message = f"correlate reads the key of '{saga.starts_on}', which is the input of the run, at {key}, but {why}"
        yield Finding(rule="reads-nothing", severity=Severity.WARNING, element="saga", message=message)
    for name, step in saga.steps.items():
        for what, pointer in dict.fromkeys(reads(step)):
            if why := _nowhere(saga, step, pointer, known):
                yield of_step(saga, name, "reads-nothing", f"{what} reads {pointer}, but {why}")


def may_be_missing(saga: Saga) -> Iterator[Finding]:
    """A field of an input is filled by a value that some runs do not have, so that it is then left out."""
    for name, step in saga.steps.items():
        for what, taker, mapping in _mappings(step):
            for field, picked in mapping.picks.items():
                lost = picked.has_default or _nowhere(saga, step, picked.pointer, Known())
                why = "" if lost or _is_done(saga, step, picked.step) else why_missing(saga, picked, step.condition)
                if why:
                    message = (
                        f"the field '{field}' of {what} is left out when {why}; give it a default if the {taker} "
                        "needs it"
                    )
                    yield of_step(saga, name, "may-be-missing", message, Severity.ADVICE)


def unmasked_elsewhere(saga: Saga, known: Known) -> Iterator[Finding]:
    """A sensitive value is given to a sub-saga in a field that the sub-saga does not mask."""
    for name, step in saga.steps.items():
        child = known.children.get(step.does.runs)
        if child is None:
            continue
        masked = {field.casefold() for field in child.masked}
        hidden = {field.casefold() for field in saga.masked}
        given = saga.sensitive if step.input is None else step.input.fields
        verb = "has" if step.input is not None else "is the whole input of the run, with"
        for field in given:
            if field.casefold() in hidden - masked:
                message = (
                    f"its input {verb} the sensitive field '{field}', which the saga '{child.name}' shows to "
                    f"everyone; add '{field}' to the sensitive fields of '{child.name}'"
                )
                yield of_step(saga, name, "unmasked-elsewhere", message)


def masked_below(saga: Saga, known: Known) -> Iterator[Finding]:
    """A sub-saga masks a field that it gets from the run, and the saga itself does not say that it is sensitive."""
    hidden = {field.casefold() for field in saga.masked}
    for name, step in saga.steps.items():
        child = known.children.get(step.does.runs)
        if child is None:
            continue
        masked = {field.casefold() for field in child.masked}
        for field, source in _given(saga, step):
            if field.casefold() in masked and source.casefold() not in hidden:
                message = (
                    f"the saga '{child.name}' masks the field '{field}', which it gets from '{source}' of this run; "
                    f"add '{source}' to the sensitive fields here, so that this saga masks it on its own"
                )
                yield of_step(saga, name, "masked-below", message, Severity.ADVICE)


def _given(saga: Saga, step: Step) -> Iterator[tuple[str, str]]:
    """Yield each field that a sub-saga gets, with the field of the run that it is filled from."""
    if step.input is None:
        properties: Json = (saga.input_schema or {}).get("properties", {})
        yield from ((field, field) for field in (properties if isinstance(properties, Mapping) else ()))
        return
    for field, picked in step.input.picks.items():
        named = [token for token in tokens(picked.pointer) if not token.isdecimal()]
        if len(named) > 1:
            yield field, named[-1]


# --- what a step reads ------------------------------------------------------------------------------------------------


def _mappings(step: Step) -> Iterator[tuple[str, str, InputMapping]]:
    """Yield each mapping of a step, after the words for what it fills and for what gets that."""
    if step.input is not None:
        yield "its input", "action", step.input
    if step.undo is not None and step.undo.input is not None:
        yield "the input of its undo", "undo", step.undo.input


def _is_done(saga: Saga, step: Step, other: str) -> bool:
    """Return true if ``other`` is certainly done before ``step`` is done or undone, by what their conditions say."""
    condition = saga.steps[other].condition if other in saga.steps else None
    if condition is None or other == step.name:
        return other == step.name
    skipped = Condition("not", parts=(condition,))
    return step.condition is not None and (
        contradicts(every(step.condition, skipped)) or contradicts(step.condition, frozenset({other}))
    )


def reads(step: Step) -> Iterator[tuple[str, str]]:
    """Yield each pointer of a step, with the subject of a sentence about it."""
    yield from (("its condition", pointer) for pointer in _pointers(step.condition))
    for condition in step.fails_when.values():
        yield from (("its fails_when", pointer) for pointer in _pointers(condition))
    for what, _, mapping in _mappings(step):
        yield from ((what, picked.pointer) for picked in mapping.picks.values())


def _pointers(condition: Condition | None) -> Iterator[str]:
    if condition is None:
        return
    if condition.pointer:
        yield condition.pointer
    for part in condition.parts:
        yield from _pointers(part)


def _nowhere(saga: Saga, step: Step, pointer: str, known: Known) -> str:
    """Return the reason why the pointer leads to no value, with the remedy; empty: it may lead to one."""
    match tokens(pointer):
        case ("input", *path):
            return _not_in_input(saga, path)
        case ("steps", name, *path) if path:
            return _no_output(saga.steps[name], path, known)
        case ("output", *path) if path:
            return _no_output(step, path, known)
        case _:
            return ""


def _not_in_input(saga: Saga, path: list[str]) -> str:
    return _not_allowed("the input schema", saga.input_schema, path)


def _no_output(step: Step, path: list[str], known: Known) -> str:
    output = path[0]
    if step.outputs is not None and output not in step.outputs:
        listed = ", ".join(f"'{name}'" for name in step.outputs) or "none"
        close = f"{close_to(output, step.outputs)}"
        return f"'{output}' is not among the outputs of '{step.name}' ({listed}); {close}correct it, or list it there"
    return _not_allowed(f"the output schema of '{step.does.calls}'", known.gives(step), path)


def _not_allowed(what: str, schema: object, path: list[str]) -> str:
    """Return why a schema allows no value at the path, with the remedy; empty: it may have one."""
    for token, around, inner in along(schema, path):
        if inner is not None:
            continue
        types = types_of(around)
        if types and not {"object", "array"} & set(types):
            return f"{what} allows only {alternatives(types)} there, which has no fields; correct it"
        if types == ("array",) and not token.isdecimal():
            return f"{what} has a list there, and '{token}' is not the number of an item; correct it"
        if around.get("additionalProperties") is False and not token.isdecimal():
            close = close_to(token, around.get("properties", ()))
            return f"{what} does not allow '{token}'; {close}correct it, or add it to the schema"
        return ""
    return ""


def along(schema: object, path: list[str]) -> Iterator[tuple[str, Mapping[str, Json], Json]]:
    """Yield each name of the path with the schema that it is in and its own; ``None``: it is not listed there.

    It ends where the schema says no more about the path.
    """
    for token in path:
        if not isinstance(schema, Mapping) or any(word in schema for word in OPEN):
            return
        inner = schema.get("properties", {}).get(token)
        if (
            inner is None
            and token.isdecimal()
            and "prefixItems" not in schema
            and isinstance(schema.get("items"), Mapping)
        ):
            inner = schema["items"]
        yield token, schema, inner
        schema = inner


def why_missing(saga: Saga, picked: Pick, condition: Condition | None = None) -> str:
    """Return the case in which the definition gives the pointer no value; empty: it names none.

    ``condition``: that of the step which picks the value, and which is skipped where the condition does not hold.
    """
    match tokens(picked.pointer):
        case ("input", *path):
            places = _optional(saga.input_schema, path)
            missing = next((path[at] for at in places if not _ensures(condition, picked.pointer, at + 1)), "")
            return f"the input has no '{missing}'" if missing else ""
        case ("steps", name, *_):
            return f"'{name}' is skipped by its condition" if saga.steps[name].condition else ""
        case _:
            return ""


def _optional(schema: object, path: list[str]) -> Iterator[int]:
    """Yield the place in the path of each name that the schema lists and does not require."""
    for at, (token, around, inner) in enumerate(along(schema, path)):
        has_default = isinstance(inner, Mapping) and "default" in inner
        if inner is not None and not _is_required(token, around) and not has_default:
            yield at


def _ensures(condition: Condition | None, pointer: str, names: int) -> bool:
    """Return true if the condition holds only where so many ``names`` of a pointer into the input lead to a value."""
    absent = Condition("absent", "/".join(pointer.split("/")[: names + 2]))
    return condition is not None and contradicts(every(condition, absent))


def is_certain(saga: Saga, picked: Pick) -> bool:
    """Return true if the schema of the run's input requires the value, so that its default is never needed."""
    root, *path = tokens(picked.pointer)
    known = list(along(saga.input_schema, path))
    is_whole = root == "input" and len(known) == len(path)
    return is_whole and all(inner is not None and _is_required(token, around) for token, around, inner in known)


def _is_required(token: str, around: Mapping[str, Json]) -> bool:
    """Return true if a schema requires the property, or so many items that this one is among them."""
    is_item = token not in around.get("properties", {})
    return int(token) < around.get("minItems", 0) if is_item else token in around.get("required", ())


# --- types ------------------------------------------------------------------------------------------------------------


def types_of(schema: object) -> tuple[str, ...]:
    """Return the JSON types that a schema allows; empty: it does not say."""
    if not isinstance(schema, Mapping) or any(word in schema for word in OPEN):
        return ()
    types: Json = schema.get("type", ())
    return (types,) if isinstance(types, str) else tuple(types)


def type_of(value: Json) -> str:
    """Return the narrowest JSON type of a value: that of 2.0 is integer."""
    return "integer" if isinstance(value, float) and value.is_integer() else TYPES[type(value)]


def schema_at(schema: object, path: list[str]) -> object:
    """Return the schema at the end of the path; ``None``: the path cannot be followed to its end."""
    known = [schema, *(own for _, _, own in along(schema, path))]
    return known[-1] if len(known) > len(path) else None


def alternatives(types: tuple[str, ...]) -> str:
    return " or ".join(types)
