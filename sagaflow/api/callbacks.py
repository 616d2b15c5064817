"""Answers that participants send later. The one-time token in the address is the credential, and allows only this."""

from django.http import HttpRequest
from ninja import Router, Status

from sagaflow import engine
from sagaflow.api.limits import Attempts
from sagaflow.api.shapes import Answer
from sagaflow.core.errors import Refused
from sagaflow.core.run.state import ErrorKind, StepError

__all__ = ["router"]

router = Router(tags=["callbacks"])


def counted(request: HttpRequest) -> Attempts:
    """Count the request before its body is read: to read one costs more than to look for a token."""
    attempts = Attempts(request, "callback")
    attempts.begin()
    return attempts


@router.post(
    "/{token}", auth=counted, response={204: None}, url_name="answer_callback", summary="Answer a step that waits"
)
def answer_callback(request: HttpRequest, token: str, body: Answer) -> Status[None]:
    """404: the token is unknown. 410: it was used or has expired, or its attempt is over. Else it stays valid."""
    attempts: Attempts = request.auth  # type: ignore[attr-defined]  # ninja keeps there what `counted` returned
    fault = body.error
    error = StepError(ErrorKind(fault.kind), fault.code, fault.message) if fault else None
    try:
        engine.answer(token, output=body.output, error=error)
    except Refused:
        raise
    except Exception:
        attempts.give_back()
        raise
    attempts.give_back()
    return Status(204, None)
