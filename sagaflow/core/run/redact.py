"""What a sensitive field holds is struck out of the messages of errors, before they are recorded or logged.

A message is text: nobody can mask a field of it later. Only the message changes; the code, which the definition reads,
stays as it is.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from sagaflow.core.definition.saga import Saga
from sagaflow.core.mask import MASK
from sagaflow.core.run.reports import ChildEnded, Report, StepFailed
from sagaflow.core.run.state import RunState

__all__ = ["discreet", "secrets_in", "secrets_of", "struck", "told"]

SHORT = 4
"""Below that many characters a secret is struck out only where it stands alone: `12` is no part of `2012`."""


def discreet(saga: Saga, state: RunState, report: Report) -> Report:
    """The report of a failure, without what sensitive fields of the run hold."""
    if not saga.sensitive:
        return report
    match report:
        case StepFailed():
            return replace(report, error=replace(report.error, message=told(saga, state, report.error.message)))
        case ChildEnded():
            return replace(report, why=told(saga, state, report.why))
        case _:
            return report


def told(saga: Saga, state: RunState, message: str) -> str:
    """The message as others may read it: without what sensitive fields of the run hold."""
    return struck(message, secrets_of(saga, state)) if saga.sensitive and message else message


def secrets_of(saga: Saga, state: RunState) -> frozenset[str]:
    """The texts and numbers that the sensitive fields of a run hold."""
    steps = state.steps.values()
    held = [state.input, state.received, *((now.input, now.output, now.undo_output) for now in steps)]
    return secrets_in(held, saga.sensitive)


def secrets_in(value: Any, names: Iterable[str]) -> frozenset[str]:
    """The texts and numbers in the fields of ``value`` that have one of the ``names``, as a message may write them."""
    hidden = frozenset(name.casefold() for name in names)
    return frozenset(_found(value, hidden, inside=False)) if hidden else frozenset()


def struck(text: str, secrets: Iterable[str]) -> str:
    """``text`` with each of the ``secrets`` replaced by the mask; the longest first, as one may contain another."""
    for secret in sorted(secrets, key=lambda each: (-len(each), each)):
        pattern = re.escape(secret)
        text = re.sub(rf"(?<!\w){pattern}(?!\w)" if len(secret) < SHORT else pattern, MASK, text)
    return text


def _found(value: Any, hidden: frozenset[str], *, inside: bool) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _found(item, hidden, inside=inside or key.casefold() in hidden)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _found(item, hidden, inside=inside)
    elif inside and not isinstance(value, bool) and value not in (None, ""):
        yield from _written(value)


def _written(value: Any) -> set[str]:
    """As text, as Python's ``repr`` and as JSON would quote it, of which messages are often made."""
    text = str(value)
    return {text, repr(text)[1:-1], json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
