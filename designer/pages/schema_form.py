"""The form for the input schema of a saga: a field for each property, with JSON for a property that needs it.

An empty field is left out of the input. The engine then fills in its default, or the schema decides.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

from designer.pages.renewed import must_be_new
from sagaflow.core.definition.saga import Saga
from sagaflow.core.errors import InvalidPayload
from sagaflow.core.json_value import Json
from sagaflow.core.lint import Known, input_in_use
from sagaflow.core.mask import masked
from sagaflow.encoding import parse_payload

__all__ = ["WHOLE", "Example", "Field", "examples_of", "filled", "form_of", "input_of"]

WHOLE = ""
"""The name of the only field of a saga whose schema has no properties."""
KINDS = {"string": "text", "integer": "integer", "number": "number", "boolean": "boolean"}
FORMATS = {"date": "date", "email": "email", "uri": "url"}
"""The input types by format. A time has none: a browser omits the offset from UTC that JSON Schema needs."""
LONG_TEXT = 400
"""A text that may be longer than this number of characters gets a field of several lines."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the form with its content."""

    name: str
    kind: str
    """``text``, ``area``, ``integer``, ``number``, ``boolean``, ``choice``, ``json``, or an input type of HTML."""
    title: str
    help: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()
    """The choices as JSON texts."""
    rules: Mapping[str, Any] | None = None
    """Attributes of the element: ``minlength``, ``max``, …"""
    value: str = ""
    faults: tuple[str, ...] = ()
    is_hidden: bool = False
    """True if the field is empty because this user may not see its value."""
    must_be_new: bool = False
    """True if the schema says that each run has another value."""

    @property
    def key(self) -> str:
        """The name in the request."""
        return f"in.{self.name}"


def form_of(saga: Saga, known: Known) -> tuple[Field, ...]:
    """Return the fields in the order of the schema. Without one, the help names what ``known`` says of the input."""
    schema = saga.input_schema
    properties = schema.get("properties") if schema else None
    if (
        schema is None
        or not isinstance(properties, Mapping)
        or not properties
        or schema.get("type", "object") != "object"
    ):
        return (Field(WHOLE, "json", "Input", _about(saga, known), required=schema is not None),)
    required = schema.get("required") or ()
    return tuple(_field(name, rule, required=name in required) for name, rule in properties.items())


def _about(saga: Saga, known: Known) -> str:
    """Return the help of the field for the whole input, with the fields that the saga reads or its steps require."""
    read = input_in_use(saga, known)["properties"]
    example = "".join(f'{", " * bool(at)}"{name}": …' for at, name in enumerate(sorted(read)))
    return "The whole input as JSON." + (f" The saga reads {{{example}}}." if read else "")


def input_of(fields: tuple[Field, ...], given: Mapping[str, str]) -> tuple[Json, tuple[Field, ...]]:
    """Return the input, and the fields with the typed texts and the faults of those that cannot be read."""
    values: dict[str, Any] = {}
    shown = []
    for field in fields:
        text = given.get(field.key, "").replace("\r\n", "\n")
        try:
            found = _read(field, text)
        except (InvalidPayload, ValueError) as error:
            shown.append(replace(field, value=text, faults=(str(error),)))
            continue
        shown.append(replace(field, value=text))
        if found is not None:
            values[field.name] = found[0]
    if fields and fields[0].name == WHOLE:
        return values.get(WHOLE), tuple(shown)
    return values, tuple(shown)


def filled(fields: tuple[Field, ...], value: object, hidden: tuple[str, ...]) -> tuple[Field, ...]:
    """Return the form filled with an earlier input; fields in ``hidden``, at any depth, are empty."""
    if fields and fields[0].name == WHOLE:
        return (_with(fields[0], value, hidden),)
    known = value if isinstance(value, Mapping) else {}
    return tuple(_with(field, known[field.name], hidden) if field.name in known else field for field in fields)


@dataclass(frozen=True, slots=True)
class Example:
    """One of the ``examples`` of an input schema."""

    title: str
    """The sentence about it in the ``x-example-titles`` of the schema; without one, its values."""
    values: str
    value: Json


def examples_of(saga: Saga) -> list[Example]:
    """Return the ``examples`` of the input schema in their order."""
    schema = saga.input_schema or {}
    examples, titles = (_listed(schema.get(name)) for name in ("examples", "x-example-titles"))
    named = zip_longest(examples, titles[: len(examples)], fillvalue="")
    return [Example(str(title) or _label(value), _label(value), value) for value, title in named]


def _listed(value: object) -> list[Json]:
    return list(value) if isinstance(value, list | tuple) else []


def _label(value: Any) -> str:
    values = value.values() if isinstance(value, Mapping) else [value]
    return ", ".join(each if isinstance(each, str) else _text(each) for each in values)


def _field(name: str, rule: Json, *, required: bool) -> Field:
    rule = rule if isinstance(rule, Mapping) else {}
    title = str(rule.get("title") or name.replace("_", " ").replace("-", " ").capitalize())
    field = Field(name, "json", title, _help(rule), required=required, value=_default(rule))
    field = replace(field, must_be_new=must_be_new(rule))
    values = rule["enum"] if isinstance(rule.get("enum"), list | tuple) else [rule["const"]] if "const" in rule else []
    if values:
        return replace(field, kind="choice", choices=tuple(map(_text, values)), value=_choice(rule))
    kind = KINDS.get(rule["type"], "json") if isinstance(rule.get("type"), str) else "json"
    if kind == "text":
        kind = FORMATS.get(str(rule.get("format")), "area" if rule.get("maxLength", 0) > LONG_TEXT else "text")
    return replace(field, kind=kind, rules=_rules(kind, rule))


def _help(rule: Mapping[str, Json]) -> str:
    """Return the description, and the first of the examples of the field."""
    example = next((_label(value) for value in _listed(rule.get("examples"))), "")
    described = (str(rule.get("description") or ""), f"For example: {example}" if example else "")
    return " ".join(filter(None, described))


def _rules(kind: str, rule: Mapping[str, Json]) -> dict[str, Json]:
    """Return the attributes that help the user to type. Only the schema decides."""
    if kind in ("integer", "number"):
        bounds = {"min": rule.get("minimum"), "max": rule.get("maximum")}
        step = rule.get("multipleOf") or (1 if kind == "integer" else "any")
        return {name: value for name, value in {**bounds, "step": step}.items() if value is not None}
    if kind in ("boolean", "json", "choice"):
        return {}
    return {name: rule[key] for name, key in (("minlength", "minLength"), ("maxlength", "maxLength")) if key in rule}


def _default(rule: Mapping[str, object]) -> str:
    if "default" not in rule:
        return ""
    value = rule["default"]
    return value if isinstance(value, str) and rule.get("type") == "string" else _text(value)


def _choice(rule: Mapping[str, object]) -> str:
    return _text(rule["default"]) if "default" in rule else ""


def _read(field: Field, text: str) -> tuple[Json] | None:
    """Return the value in a tuple; ``None`` if the field is empty. Spaces are a text where none is required.

    Raises:
        InvalidPayload, ValueError: with a sentence for the user.
    """
    is_text = field.kind not in ("integer", "number", "boolean", "choice", "json")
    if not (text if is_text else text.strip()):
        return None
    if is_text and field.required and not text.strip():
        raise ValueError("It has only spaces; enter a value.")
    match field.kind:
        case "integer" | "number":
            return (_number(field.kind, text.strip()),)
        case "boolean" | "choice" | "json":
            return (parse_payload(text, what=f"The field {field.title}"),)
        case _:
            return (text,)


def _number(kind: str, text: str) -> int | float:
    try:
        number = parse_payload(text, what="The number")
    except InvalidPayload:
        number = None
    if isinstance(number, int | float) and not isinstance(number, bool):
        return number
    raise ValueError(f"'{text[:40]}' is not a number; write for example {'42' if kind == 'integer' else '42.5'}.")


def _with(field: Field, value: object, hidden: tuple[str, ...]) -> Field:
    if field.name.casefold() in {name.casefold() for name in hidden}:
        return replace(field, value="", is_hidden=True)
    shown = masked(value, hidden)
    if shown != value:
        return replace(field, value=_pretty(_without(value, hidden)), is_hidden=True)
    if isinstance(value, str) and field.kind not in ("choice", "json", "boolean"):
        return replace(field, value=value)
    return replace(field, value=_pretty(value) if field.kind == "json" else _text(value))


def _without(value: object, hidden: tuple[str, ...]) -> Json:
    """Return a copy without the fields in ``hidden``."""
    names = {name.casefold() for name in hidden}
    if isinstance(value, Mapping):
        return {key: _without(item, hidden) for key, item in value.items() if key.casefold() not in names}
    return [_without(item, hidden) for item in value] if isinstance(value, list) else value


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _pretty(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
