"""The input of a run: strict JSON that matches the schema of its definition. No schema is fetched from elsewhere."""

import textwrap
from collections.abc import Iterator

from sagaflow import registry
from sagaflow.core.definition.direction import Direction
from sagaflow.core.definition.saga import Saga
from sagaflow.core.errors import Refused
from sagaflow.core.json_value import Json
from sagaflow.core.run.interventions import require_input
from sagaflow.core.run.state import RunState
from sagaflow.core.schemas.defaults import filled
from sagaflow.core.schemas.json_schema import Costly, ValidationError, best_match, violations
from sagaflow.core.schemas.schema_faults import schema_faults
from sagaflow.core.schemas.wording import place
from sagaflow.encoding import check_payload
from sagaflow.store.masks import masked_of

__all__ = [
    "LONGEST_NAME",
    "LONGEST_REASON",
    "check_input",
    "check_payload",
    "check_step_input",
    "check_text",
    "input_faults",
]

LONGEST_NAME = 150
LONGEST_REASON = 2000


def check_text(what: str, text: object, *, longest: int, required: bool = True) -> None:
    """Refuse a text that a database column, a log or a page cannot show.

    Raises:
        Refused: it is not a text, is empty although ``required``, is longer than ``longest``, or is not printable.
    """
    if not isinstance(text, str) or len(text) > longest or any(map(_is_out_of_place, text)):
        raise Refused(
            f"The {what} {str(text)[:50]!r} is not a printable text of at most {longest} characters.", code="bad-text"
        )
    if required and not text.strip():
        raise Refused(f"The {what} is empty; enter one.", code="no-text")


def check_input(saga: Saga, value: object) -> Json:
    """Return ``value`` as JSON with its defaults, if it is a valid input of a run of ``saga``.

    Raises:
        InvalidPayload: it cannot be converted to strict JSON.
        Refused: it does not match the schema; the message names the field and the rule.
    """
    value, errors = _read(saga, value)
    error = best_match(errors)
    if error is not None:
        raise Refused(f"{_what(saga)} is refused: {_sentence(saga, error)}", code="invalid-input")
    return value


def check_step_input(saga: Saga, state: RunState, step: str, value: object) -> Json:
    """Return ``value`` as JSON if it can be the new input of ``step``: without a mapping, the input of a run.

    Raises:
        InvalidPayload: it cannot be converted to strict JSON.
        Refused: it is ``None``, or does not match the schema of the run whose whole input it is: of this saga if the
            step has no mapping, and of the sub-saga if the step starts one. An undo with a mapping of its own takes
            any value.
    """
    require_input(step, value)
    definition = saga.steps.get(step)
    of_undo = definition is not None and definition.maps_undo and state.steps[step].status.direction is Direction.UNDO
    if definition is not None and (definition.input is not None or of_undo):
        value = check_payload(value, f"The input of step '{step}'")
    else:
        value = check_input(saga, value)
    child = None if definition is None or of_undo else _saga_here(definition.does.runs)
    return value if child is None else check_input(child, value)


def input_faults(saga: Saga, value: object) -> list[tuple[str, str]]:
    """Return for a form each violation of the schema: the property (``""``: the whole input) and a sentence.

    No sentence quotes the value, which may hold what the reader may not see.

    Raises:
        InvalidPayload: it cannot be converted to strict JSON.
        Refused: the schema itself cannot be used.
    """
    _, errors = _read(saga, value)
    places = (found for error in errors for found in _places(saga, error))
    return list(dict.fromkeys(places))


def _saga_here(name: str) -> Saga | None:
    """Return the saga of that name; ``None``: the name is empty, or this process does not know the saga."""
    try:
        return registry.get_saga(name) if name else None
    except registry.UnknownSaga:
        return None


def _what(saga: Saga) -> str:
    return f"The input of saga '{saga.name}'"


def _read(saga: Saga, value: object) -> tuple[Json, list[ValidationError]]:
    """Encode the value, fill in its defaults, and compare it with the schema; return the value and the errors."""
    value = check_payload(value, _what(saga))
    if saga.input_schema is None:
        return value, []
    if faults := schema_faults(saga.input_schema):  # only in a definition that an earlier version stored
        raise Refused(f"The schema of saga '{saga.name}' cannot be used: {faults[0]}.", code="bad-schema")
    try:
        value = check_payload(filled(saga.input_schema, value), _what(saga))
        return value, violations(saga.input_schema, value)
    except Costly as costly:
        message = f"{_what(saga)} cannot be compared with its schema: {costly}. Send less, or simplify the schema."
        raise Refused(message, code="too-costly") from costly


def _places(saga: Saga, error: ValidationError) -> Iterator[tuple[str, str]]:
    """Yield the property and the sentence of an error; a missing property is its own place, not its parent."""
    path = [str(part) for part in error.absolute_path]
    if not path and error.validator == "required":
        yield from ((name, "It is required.") for name in error.validator_value if name not in error.instance)
        return
    message = textwrap.shorten(error.message, 300)
    inside = place(path, masked_of(saga)).partition("/")[2]
    yield (path[0] if path else ""), f"At {inside}: {message}." if inside else f"{message[:1].upper()}{message[1:]}."


def _sentence(saga: Saga, error: ValidationError) -> str:
    where = place(error.absolute_path, masked_of(saga))
    return f"at '/{where}' {textwrap.shorten(error.message, 300)} (rule '{error.validator}')."


def _is_out_of_place(character: str) -> bool:
    return not character.isprintable() and character not in "\n\t"
