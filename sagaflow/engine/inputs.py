"""The input of a run: strict JSON that obeys the schema of its definition. No schema is ever fetched from elsewhere."""

import textwrap
from collections.abc import Iterator
from typing import Any

from sagaflow.core.definition.saga import Saga
from sagaflow.core.errors import Refused
from sagaflow.core.schemas.defaults import filled
from sagaflow.core.schemas.json_schema import Costly, ValidationError, best_match, violations
from sagaflow.core.schemas.schema_faults import schema_faults
from sagaflow.encoding import check_payload

__all__ = [
    "LONGEST_NAME",
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
    """``value`` as JSON with its defaults, if a run of ``saga`` may have it as its input.

    Raises:
        InvalidPayload: it cannot be made strict JSON.
        Refused: it breaks the schema; the message names the field and the rule.
    """
    value, errors = _read(saga, value)
    error = best_match(errors)
    if error is not None:
        raise Refused(f"{_what(saga)} is refused: {_sentence(error)}", code="invalid-input")
    return value


def input_faults(saga: Saga, value: Any) -> list[tuple[str, str]]:
    """For a form: the property of the input and a sentence, for everything that breaks the schema; ``""``: the whole.

    Raises:
        InvalidPayload: it cannot be made strict JSON.
        Refused: the schema itself cannot be used.
    """
    _, errors = _read(saga, value)
    found = (place for error in errors[:MOST_FAULTS] for place in _places(error))
    return list(dict.fromkeys(found))


def _what(saga: Saga) -> str:
    return f"The input of saga '{saga.name}'"


def _read(saga: Saga, value: Any) -> tuple[Any, list[ValidationError]]:
    """The one way from what a caller gives to an input: encoded, its defaults filled in, compared with the schema."""
    value = check_payload(value, _what(saga))
    if saga.input_schema is None:
        return value, []
    if faults := schema_faults(saga.input_schema):  # only a definition that was stored by an earlier version has them
        raise Refused(f"The schema of saga '{saga.name}' cannot be used: {faults[0]}.", code="bad-schema")
    try:
        value = check_payload(filled(saga.input_schema, value), _what(saga))
        return value, violations(saga.input_schema, value)
    except Costly as costly:
        message = f"{_what(saga)} cannot be compared with its schema: {costly}. Send less, or simplify the schema."
        raise Refused(message, code="too-costly") from costly


def _places(error: ValidationError) -> Iterator[tuple[str, str]]:
    """A property that is missing is its own place, not its parent's."""
    path = [str(part) for part in error.absolute_path]
    if not path and error.validator == "required":
        yield from ((name, "It is required.") for name in error.validator_value if name not in error.instance)
        return
    message = textwrap.shorten(error.message, 300)
    inside = "/".join(path[1:])
    yield (path[0] if path else ""), f"At {inside}: {message}." if inside else f"{message[:1].upper()}{message[1:]}."


def _sentence(error: ValidationError) -> str:
    field = "/".join(str(part) for part in error.absolute_path)
    return f"at '/{field}' {textwrap.shorten(error.message, 300)} (rule '{error.validator}')."


def _is_out_of_place(character: str) -> bool:
    return not character.isprintable() and character not in "\n\t"
