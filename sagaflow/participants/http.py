"""HTTP participants: one request per attempt, to an address that an administrator configured.

The answer 2xx means done, and its body is the output; 202 means accepted, and a callback answers later; 409 or 422 with
a ``code`` in the body is a business error. Any other answer is a technical error, and the attempt is repeated with the
same idempotency key.
"""

import hashlib
import logging
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import quote, urljoin

from django.urls import NoReverseMatch, reverse

from sagaflow import conf
from sagaflow.actions import KEY
from sagaflow.core.errors import InvalidPayload
from sagaflow.core.json_value import Json
from sagaflow.core.participant import Accepted, BusinessError, Context, NotDone, TechnicalError
from sagaflow.core.payload import canonical
from sagaflow.encoding import parse_payload
from sagaflow.models.connection import Connection
from sagaflow.participants.answers import AT_WORK, STANDS, CannotBegin, ProgrammingError
from sagaflow.participants.secret import secret
from sagaflow.participants.signature import signature_headers
from sagaflow.participants.wire import Answer, exchange
from sagaflow.registry import Action, HttpCall

__all__ = ["CALLBACK_ROUTE", "ask", "perform"]

log = logging.getLogger(__name__)

CALLBACK_ROUTE = "sagaflow-api:answer_callback"
LONGEST_PAUSE = 86_400.0
"""The most seconds that a participant may ask for."""
REFUSALS = (409, 422)
PAUSES = (429, 503)


def perform(action: Action, context: Context) -> Json:
    """Perform one attempt and return the output, or ``Accepted()``.

    Raises:
        BusinessError: the participant refused, with its code.
        ProgrammingError: the participant did its work, but its answer is not JSON.
        TechnicalError: it did not answer, or its answer has no meaning here.
    """
    call = action.does
    connection = _connection(call, context)
    body = canonical(message(call, context)).encode()
    answer, who = _asked(connection, context, call.method, call.path, body, timeout=call.timeout)
    return _meaning(answer, who, callback=call.callback)


def ask(action: Action, context: Context) -> Json:
    """Ask the participant by GET if an attempt with the key took effect; return its output, or ``NotDone()`` after 404.

    Raises:
        BusinessError: the participant refused that attempt, with its code.
        ProgrammingError: as for ``perform``.
        TechnicalError: as for ``perform``, and with the code ``at-work`` after 202.
    """
    call, path = action.does, action.probe.replace(KEY, quote(context.key, safe=""))
    answer, who = _asked(_connection(call, context), context, "GET", path, b"", timeout=call.timeout)
    match answer.status:
        case 404:
            return NotDone()
        case 202:
            raise TechnicalError(f"{who}: it is still at work.", code=AT_WORK)
        case _:
            return _meaning(answer, who)


def message(call: HttpCall, context: Context) -> dict[str, Json]:
    """Return the JSON body of the request, with ``callback_url`` only if the action declares a callback."""
    body = {
        "run_id": context.run_id,
        "saga": context.saga,
        "step": context.step,
        "direction": context.direction.value,
        "attempt": context.attempt,
        "input": context.input,
        "outputs": dict(context.outputs),
        "output": context.output,
        "reason": dict(context.reason),
    }
    return {**body, "callback_url": callback_url(context.callback())} if call.callback else body


def callback_url(token: str) -> str:
    """Return the URL at which a participant answers with the token.

    Raises:
        CannotBegin: the API has no address in this project.
    """
    try:
        path = reverse(CALLBACK_ROUTE, args=[token])
    except (NoReverseMatch, AttributeError) as error:  # Django's, where ROOT_URLCONF is missing
        message = "No answer could come: include sagaflow.api.urls in the ROOT_URLCONF of the project."
        raise CannotBegin(message, code="no-address") from error
    return urljoin(conf.current().public_url, path)


def _connection(call: HttpCall, context: Context) -> Connection:
    connection = Connection.objects.filter(name=call.connection).first()
    if connection is None:
        missing = f"Step '{context.step}' needs the connection '{call.connection}', which does not exist"
        raise TechnicalError(f"{missing}; add it in the admin.", code="no-connection")
    return connection


def _headers(context: Context) -> dict[str, str]:
    """Return the headers. All requests of a run share a trace; the parent span is the journal entry that caused it."""
    causation = context.causation_id or context.key
    trace, span = context.run_id.replace("-", "").lower(), hashlib.sha256(causation.encode()).hexdigest()[:16]
    return {
        "Content-Type": "application/json",
        "Accept": "application/json, application/problem+json",
        "Accept-Encoding": "identity",
        "User-Agent": "Sagaflow",
        "Idempotency-Key": context.key,
        "Sagaflow-Correlation-Id": context.correlation_id,
        "Sagaflow-Causation-Id": causation,
        "traceparent": f"00-{trace}-{span}-01",
    }


def _credentials(connection: Connection, context: Context, body: bytes) -> dict[str, str]:
    headers = {connection.header: secret(connection.secret, connection.name)} if connection.secret else {}
    if connection.signing_secret:
        keys = secret(connection.signing_secret, connection.name).split()
        headers |= signature_headers(keys, context.key, int(time.time()), body, connection.name)
    return headers


def _asked(
    connection: Connection, context: Context, method: str, path: str, body: bytes, *, timeout: float
) -> tuple[Answer, str]:
    """Send a request, and return the answer and the beginning of a sentence about it."""
    headers = _headers(context) | _credentials(connection, context, body)
    answer = exchange(connection, method, path, headers, body, timeout=timeout)
    log.info("%s %s of %s answered %s for %s", method, path, connection.name, answer.status, context.key)
    return answer, f"The participant at connection '{connection.name}' answered {method} {path} with {answer.status}"


def _meaning(answer: Answer, who: str, *, callback: bool = False) -> Json:
    if answer.status == 202:  # noqa: PLR2004 - Accepted
        if callback:
            return Accepted()
        raise TechnicalError(f"{who}, but the action has no callback; declare it with callback=True.", code="http-202")
    if 200 <= answer.status < 300:  # noqa: PLR2004 - success
        return _output(answer, who)
    if answer.status in REFUSALS and (refusal := _refusal(answer)):
        raise refusal
    remedy = "; redirects are not followed" if 300 <= answer.status < 400 else ""  # noqa: PLR2004 - redirection
    pause = _pause(answer.headers) if answer.status in PAUSES else None
    raise TechnicalError(f"{who}{remedy}.", code=f"http-{answer.status}", retry_after=pause)


def _output(answer: Answer, who: str) -> Json:
    if not answer.body:
        return None
    try:
        return parse_payload(answer.body, what="The answer")
    except InvalidPayload as error:
        raise ProgrammingError(f"{who}, but not with JSON. {error} {STANDS}", code="bad-answer") from error


def _refusal(answer: Answer) -> BusinessError | None:
    """Return the business error if the body has a ``code``, as in problem details (RFC 9457)."""
    try:
        problem = parse_payload(answer.body)
    except InvalidPayload:
        return None
    code = problem.get("code") if isinstance(problem, dict) else None
    if not isinstance(code, str) or not 0 < len(code) <= 128:  # noqa: PLR2004 - the length of the column
        return None
    why = problem.get("detail") or problem.get("title") or ""
    return BusinessError(code, why if isinstance(why, str) else "")


def _pause(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of Retry-After, which is a number or a date; ``None`` if it is missing or invalid."""
    asked = headers.get("retry-after", "").strip()
    if asked.isascii() and asked.isdigit():
        return min(float(asked[:9]), LONGEST_PAUSE)
    try:
        until = parsedate_to_datetime(asked)
        seconds = (until.replace(tzinfo=until.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    except (ValueError, OverflowError):  # an offset from UTC may have any number of digits
        return None
    return min(max(seconds, 0.0), LONGEST_PAUSE)
