"""Acts that need two people: one user asks, and another one gives or refuses."""

import json
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router, Status

from sagaflow import access, engine, store
from sagaflow.api.acts import IfMatch, Seen
from sagaflow.api.auth import require, require_run
from sagaflow.api.problems import Problem
from sagaflow.api.shapes import Ask, Limit, SecondAnswer
from sagaflow.core.errors import Refused
from sagaflow.core.json_value import Json
from sagaflow.core.mask import masked
from sagaflow.core.run.people import may_be_same
from sagaflow.core.run.verbs import VERBS
from sagaflow.store import act_requests
from sagaflow.store.act_requests import Request

__all__ = ["of_runs", "router"]

of_runs = Router(tags=["second person"])
router = Router(tags=["second person"])


@of_runs.post("/{run_id}/requests", response={201: dict[str, Any]}, summary="Ask for a second person")
def ask(request: HttpRequest, run_id: str, body: Ask, if_match: IfMatch = None) -> Status[dict[str, Json]]:
    """Ask for a verb that the setting ``SECOND_PERSON`` names. It happens when another user gives it."""
    _, saga = require_run(request, "operate_run", run_id)
    if why := access.why_not_act(request.user, saga, body.verb, body.step, store.state(run_id)[1]):
        raise Problem(403, "forbidden", why)
    seen = Seen(body.basis, if_match)
    values = {"input": body.input, "output": body.output, "round": body.round}
    by = request.user.get_username()
    try:
        asked = engine.ask(run_id, body.verb, by=by, reason=body.reason, step=body.step, unchanged=seen.still, **values)
    except Refused as refused:
        raise seen.problem(str(refused)) or refused from refused
    return Status(201, _shown(request, asked))


@router.get("", response=dict[str, Any], summary="List requests for a second person")
def list_requests(
    request: HttpRequest, status: Literal["open", "answered"] = "open", limit: Limit = 50
) -> dict[str, Json]:
    """The newest first; ``outdated`` is true if the run has gone on since, so that it cannot be given any more."""
    require(request, "view_run")
    rows = act_requests.newest(access.visible_runs(request.user), is_open=status == "open", limit=limit)
    return {"requests": [_shown(request, each) for each in rows]}


@router.post("/{request_id}/answer", response=dict[str, Any], summary="Give or refuse what another user asked for")
def answer_request(request: HttpRequest, request_id: str, body: SecondAnswer) -> dict[str, Json]:
    """Giving does the act at once, or begins the bulk repair. The user who asked can only withdraw: refuse it."""
    require(request, "view_run")
    user, asked = request.user, access.request(request.user, request_id)
    by = user.get_username()
    withdraws = may_be_same(asked.by, by) and not body.given
    if why := access.why_not_withdraw(user) if withdraws else access.why_not_give(user, asked):
        raise Problem(403, "forbidden", why)
    if body.given:
        engine.give(asked.request_id, by=by, note=body.note)
    else:
        engine.refuse(asked.request_id, by=by, note=body.note)
    return _shown(request, access.request(user, request_id))


def _shown(request: HttpRequest, asked: Request) -> dict[str, Json]:
    given: dict[str, Json] = {"input": None, "output": None, VERBS[asked.verb].takes: _value(request, asked)}
    return {
        "id": asked.request_id,
        "run": asked.run_id,
        "repair": asked.repair_id,
        "verb": asked.verb,
        "step": asked.step,
        "input": given["input"],
        "output": given["output"],
        "by": asked.by,
        "reason": asked.reason,
        "at": asked.at,
        "outdated": asked.answer is None and engine.is_outdated(asked),
        "answer": asked.answer
        and {"outcome": asked.answer.outcome, "by": asked.answer.by, "note": asked.answer.note, "at": asked.answer.at},
    }


def _value(request: HttpRequest, asked: Request) -> Json:
    if not asked.value or asked.run_id is None:
        return None
    saga = store.definition_of(store.run(asked.run_id).digest)
    return masked(json.loads(asked.value), access.sensitive_for(request.user, saga))
