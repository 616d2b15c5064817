"""The outcome of an attempt as a report. Whatever an action returns or raises, its worker goes on."""

import logging
import random
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sagaflow.core.definition.fields import LONGEST
from sagaflow.core.errors import InvalidPayload, Refused
from sagaflow.core.json_value import Json
from sagaflow.core.participant import Accepted, BusinessError, TechnicalError
from sagaflow.core.run.redact import redact
from sagaflow.core.run.reports import StepAccepted, StepFailed, StepSucceeded
from sagaflow.core.run.state import ErrorKind, StepError
from sagaflow.core.words.sentences import shortened
from sagaflow.encoding import check_payload
from sagaflow.participants.work import NOTHING, Work
from sagaflow.registry import UnknownAction, UnknownSaga

__all__ = [
    "AT_WORK",
    "STANDS",
    "UNWRITTEN",
    "CannotBegin",
    "Outcome",
    "ProgrammingError",
    "answered",
    "before_it_begins",
    "failed",
    "strict",
    "tried",
]

logger = logging.getLogger("sagaflow.participants")

T = TypeVar("T")
Outcome = StepSucceeded | StepFailed | StepAccepted
LONGEST_MESSAGE = 500
LONGEST_CODE = 100
STANDS = "Its effect stays in place, so it is not attempted again."
"""A sentence about an effect whose answer cannot be stored."""
AT_WORK = "at-work"
"""The code of the error of an attempt whose probe shows that an earlier one goes on."""
UNWRITTEN = "Its transaction was rolled back, with everything that it wrote."


class ProgrammingError(TechnicalError):
    """The code is wrong, so another attempt would end in the same way."""


class CannotBegin(ProgrammingError):
    """There is nothing that could do the work, or its input is refused before that: the attempt left nothing."""


@contextmanager
def before_it_begins() -> Iterator[None]:
    """Inside, nothing has happened yet: what is unknown or refused there is a :class:`CannotBegin`."""
    try:
        yield
    except (UnknownAction, UnknownSaga) as error:
        raise CannotBegin(str(error), code=type(error).__name__) from error
    except (Refused, InvalidPayload) as error:
        raise CannotBegin(str(error), code="invalid-input") from error


def tried(work: Work, produce: Callable[[], T]) -> T | StepFailed:
    """Return what ``produce`` returns, or the report about an attempt in which it raised."""
    try:
        return produce()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - law: nothing that an action raises kills its worker
        return failed(work, error)


def answered(work: Work, produce: Callable[[], object]) -> Outcome:
    """Return the report about an attempt: ``produce`` returns a strict answer, or raises."""
    answer = tried(work, produce)
    if isinstance(answer, StepFailed):
        return answer
    step, direction, attempt = work.context.step, work.context.direction, work.context.attempt
    if isinstance(answer, Accepted):
        return StepAccepted(step=step, direction=direction, attempt=attempt, token=work.token)
    if answer is NOTHING:
        return StepSucceeded(step=step, direction=direction, attempt=attempt, token=work.token, nothing=True)
    return StepSucceeded(step=step, direction=direction, attempt=attempt, token=work.token, output=answer)


def failed(work: Work, error: BaseException) -> StepFailed:
    """Return the report about an attempt that raised; the traceback goes to the log, never into the journal."""
    step_error = _error(error, work.secrets)
    if step_error.kind is not ErrorKind.BUSINESS:
        _log(work, error, step_error)
    context = work.context
    return StepFailed(
        step=context.step,
        direction=context.direction,
        attempt=context.attempt,
        token=work.token,
        error=step_error,
        retry_after=_seconds(getattr(error, "retry_after", None)) if isinstance(error, TechnicalError) else None,
        chance=random.random(),  # noqa: S311 - jitter
        unbegun=isinstance(error, CannotBegin),
    )


def _log(work: Work, error: BaseException, found: StepError) -> None:
    """Log a failed attempt: with the traceback, or with one sentence if the action explains the error itself."""
    secrets, context = work.secrets, work.context
    place = (context.direction.value, context.step, context.run_id, context.attempt)
    explained = isinstance(error, ProgrammingError) or (error.__cause__ is None and error.__context__ is None)
    if isinstance(error, TechnicalError) and explained:
        said = " ".join(redact(f"{found.code}: {found.message}", secrets).split())
        logger.warning("Attempt to %s step %s of run %s failed (attempt %s): %s", *place, said)
        return
    traceback_text = "".join(traceback.format_exception(error)) if secrets else ""
    if (safe := redact(traceback_text, secrets)) == traceback_text:
        logger.warning("Attempt to %s step %s of run %s failed (attempt %s)", *place, exc_info=error)
    else:
        logger.warning("Attempt to %s step %s of run %s failed (attempt %s)\n%s", *place, safe.rstrip())


def strict(answer: object, what: str, fate: str) -> Json:
    """Return ``answer`` if it can be stored: ``Accepted()`` or strict JSON. ``fate``: a sentence about the effect.

    Raises:
        ProgrammingError: with the code ``invalid-output``; the message names the rule and the place.
    """
    if isinstance(answer, Accepted):
        return answer
    try:
        return check_payload(answer, f"The output of {what}")
    except InvalidPayload as error:
        raise ProgrammingError(f"{error} {fate}", code="invalid-output") from error


def _error(error: BaseException, secrets: Iterable[str]) -> StepError:
    message: object
    match error:
        case BusinessError(code=code, message=message):
            kind, code = ErrorKind.BUSINESS, _clean(code, LONGEST_CODE) or "business"
        case ProgrammingError(code=code, message=message):
            kind = ErrorKind.PROGRAMMING
        case TechnicalError(code=code, message=message):
            kind, code = ErrorKind.TECHNICAL, _clean(code, LONGEST_CODE) or "technical"
        case UnknownAction() | UnknownSaga():  # of something that the action itself asked for
            kind, code, message = ErrorKind.PROGRAMMING, type(error).__name__, error
        case _:
            kind, code, message = ErrorKind.TECHNICAL, type(error).__name__, error
    return StepError(kind, code, _clean(message, secrets=secrets))


def _clean(value: object, longest: int = LONGEST_MESSAGE, secrets: Iterable[str] = ()) -> str:
    """Return ``value`` as text that every database accepts. Secrets are struck out before the text is cut."""
    try:
        text = str(value)
    except Exception:  # noqa: BLE001 - an error whose message cannot be made is still an error
        text = f"(a {type(value).__name__} without a message)"
    clean = redact(text, secrets).encode("utf-8", "replace").decode().replace("\x00", "")
    return shortened(clean, longest)


def _seconds(value: object) -> float | None:
    return float(min(value, LONGEST)) if isinstance(value, int | float) and 0 < value < float("inf") else None
