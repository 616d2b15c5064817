"""Redaction of error messages: what a sensitive field holds is replaced by the mask before a message is recorded.

A message is text, in which no single field can be masked later. Only the message changes. The code of an error, which
the definition reads, stays as it is.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from sagaflow.core.definition.saga import Saga
from sagaflow.core.mask import MASK
from sagaflow.core.run.reports import ChildEnded, Report, StepFailed
from sagaflow.core.run.state import RunState

__all__ = ["redact", "redact_message", "redact_report", "sensitive_values", "sensitive_values_of"]

SHORT = 4
"""A value with fewer characters is only replaced where it is a separate word: `12` is not a part of `2012`."""


def redact_report(saga: Saga, state: RunState, report: Report) -> Report:
    """Return the report with its error message redacted, if it has one."""
    if not saga.sensitive:
        return report
    match report:
        case StepFailed(error=error):
            return replace(report, error=replace(error, message=redact_message(saga, state, error.message)))
        case ChildEnded():
            return replace(report, why=redact_message(saga, state, report.why))
        case _:
            return report


def redact_message(saga: Saga, state: RunState, message: str) -> str:
    """Return the message without the values that sensitive fields of the run hold."""
    return redact(message, sensitive_values_of(saga, state)) if saga.sensitive else message


def sensitive_values_of(saga: Saga, state: RunState) -> frozenset[str]:
    """Return the texts and numbers that the sensitive fields of a run hold."""
    steps = state.steps.values()
    payloads = [
        state.input,
        state.received,
        *((step.input, step.undo_input, step.output, step.undo_output) for step in steps),
    ]
    return sensitive_values(payloads, saga.masked)


def sensitive_values(value: object, names: Iterable[str]) -> frozenset[str]:
    """Return the texts and numbers in the fields of ``value`` that have one of the ``names``.

    Each is returned in every form in which a message may quote it.
    """
    hidden = frozenset(name.casefold() for name in names)
    return frozenset(_walk(value, hidden, inside=False)) if hidden else frozenset()


def redact(text: str, values: Iterable[str]) -> str:
    """Return ``text`` with each of the ``values`` replaced by the mask."""
    # The longest comes first, because one value may contain another.
    for value in sorted(values, key=lambda value: (-len(value), value)):
        pattern = re.escape(value)
        text = re.sub(rf"(?<!\w){pattern}(?!\w)" if len(value) < SHORT else pattern, MASK, text)
    return text


def _walk(value: object, hidden: frozenset[str], *, inside: bool) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _walk(item, hidden, inside=inside or key.casefold() in hidden)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _walk(item, hidden, inside=inside)
    elif inside and not isinstance(value, bool) and value not in (None, ""):
        yield from _quotations(value)


def _quotations(value: object) -> set[str]:
    """Return the value as plain text, as Python's ``repr`` quotes it, and as JSON quotes it."""
    text = str(value)
    return {text, repr(text)[1:-1], json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
