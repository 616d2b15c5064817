"""The input of a run: strict JSON that obeys the schema of its definition. No schema is ever fetched from elsewhere."""

import json
import textwrap
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError, best_match
from referencing import Registry
from referencing.exceptions import Unresolvable

from sagaflow.core.definition import Saga
from sagaflow.core.errors import Refused
from sagaflow.core.payload import canonical, checked
from sagaflow.encoding import check_payload

__all__ = [
    "LONGEST_NAME",
    "LONGEST_PATTERN",
    "LONGEST_REASON",
    "check_input",
    "check_payload",
    "check_text",
    "input_faults",
]

LONGEST_NAME = 150
LONGEST_REASON = 2000
MOST_FAULTS = 50
"""Of one input that a form shows."""
LONGEST_PATTERN = 200
"""Characters of a regular expression in a schema: a long one can take for ever (ReDoS)."""


def check_text(what: str, text: Any, *, longest: int, required: bool = True) -> None:
    """Refuses what no database column, log or page should have to show.

    Raises:
        Refused: it is no text, is empty though ``required``, longer than ``longest``, or has characters out of place.
    """
    if not isinstance(text, str) or len(text) > longest or any(map(_is_out_of_place, text)):
        raise Refused(
            f"The {what} {str(text)[:50]!r} is no printable text of at most {longest} characters.", code="bad-text"
        )
    if required and not text.strip():
        raise Refused(f"The {what} is empty; give one.", code="no-text")


def check_input(saga: Saga, value: Any) -> Any:
    """``value``, if a run of ``saga`` may have it as its input.

    Raises:
        InvalidPayload: it is no strict JSON.
        Refused: it breaks the schema; the message names the field and the rule.
    """
    what = f"The input of saga '{saga.name}'"
    value = check_payload(value, what)
    error = best_match(_errors(saga, value))
    if error is not None:
        raise Refused(f"{what} is refused: {_sentence(error)}", code="invalid-input")
    return value


def input_faults(saga: Saga, value: Any) -> list[tuple[str, str]]:
    """For a form: the property of the input and a sentence, for everything that breaks the schema; ``""``: the whole.

    Raises:
        InvalidPayload: it is no strict JSON.
        Refused: the schema itself cannot be used.
    """
    value = check_payload(value, f"The input of saga '{saga.name}'")
    found = (place for error in _errors(saga, value)[:MOST_FAULTS] for place in _places(error))
    return list(dict.fromkeys(found))


def _errors(saga: Saga, value: Any) -> list[ValidationError]:
    if saga.input_schema is None:
        return []
    try:
        return list(_validator(canonical(_plain(saga.input_schema)), saga.name).iter_errors(value))
    except Unresolvable as unresolved:
        message = (
            f"The input schema of saga '{saga.name}' refers to {unresolved}, which it does not contain; write it out."
        )
        raise Refused(message, code="bad-schema") from unresolved


def _places(error: ValidationError) -> Iterator[tuple[str, str]]:
    """A property that is missing is its own place, not its parent's."""
    path = [str(part) for part in error.absolute_path]
    if not path and error.validator == "required":
        yield from ((name, "It is required.") for name in error.validator_value if name not in error.instance)
        return
    message = textwrap.shorten(error.message, 300)
    inside = "/".join(path[1:])
    yield (path[0] if path else ""), f"At {inside}: {message}." if inside else f"{message[:1].upper()}{message[1:]}."


@lru_cache(maxsize=256)
def _validator(schema: str, saga: str) -> Draft202012Validator:
    document = json.loads(schema)
    for pattern in _patterns(document):
        if len(pattern) > LONGEST_PATTERN:
            message = f"a pattern of {len(pattern)} characters; {LONGEST_PATTERN} is the limit"
            raise Refused(f"The input schema of saga '{saga}' has {message}.", code="bad-schema")
    try:
        Draft202012Validator.check_schema(document)
    except SchemaError as error:
        raise Refused(
            f"The input schema of saga '{saga}' is no JSON Schema: {error.message}", code="bad-schema"
        ) from error
    return Draft202012Validator(document, registry=Registry())


def _patterns(schema: Any) -> Iterator[str]:
    """Every regular expression in a schema; a property that is called ``pattern`` may be among them."""
    if isinstance(schema, dict):
        for key, value in schema.items():
            if key == "pattern" and isinstance(value, str):
                yield value
            if key == "patternProperties" and isinstance(value, dict):
                yield from value
            yield from _patterns(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _patterns(value)


def _sentence(error: ValidationError) -> str:
    field = "/".join(str(part) for part in error.absolute_path)
    return f"at '/{field}' {textwrap.shorten(error.message, 300)} (rule '{error.validator}')."


def _is_out_of_place(character: str) -> bool:
    return not character.isprintable() and character not in "\n\t"


def _plain(value: Any) -> Any:
    """Mappings and sequences of any kind as JSON has them."""
    return checked(value, what="The input schema")
