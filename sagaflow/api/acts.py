"""Operator verbs and approvals. Each is recorded with the name of the user and the reason."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from django.http import HttpRequest
from ninja import Router, Status

from sagaflow import access, engine
from sagaflow.api.auth import require_run
from sagaflow.api.problems import Problem
from sagaflow.api.shapes import Decision, Verb
from sagaflow.core.json_value import Json
from sagaflow.core.run.state import RunState
from sagaflow.core.run.verbs import OPERATE_VERBS

__all__ = ["router"]

router = Router(tags=["acts"])

if TYPE_CHECKING:
    VerbName = str
else:
    VerbName = Literal[OPERATE_VERBS]  # a type checker does not accept the values of a tuple


@router.post("/{run_id}/verbs/{verb}", response=dict[str, Any], summary="Operate a run")
def operate_run(request: HttpRequest, run_id: str, verb: VerbName, body: Verb) -> dict[str, Json]:
    """The verbs on a step need ``step``. A refusal (409) is recorded too."""
    _, saga = require_run(request, "operate_run", run_id)
    if why := access.why_not_act(request.user, saga, verb, body.step):
        raise Problem(403, "forbidden", why)
    by = request.user.get_username()
    given = {"input": body.input, "output": body.output, "round": body.round}
    unchanged = _unchanged_since(body.basis)
    act = engine.operate(run_id, verb, by=by, reason=body.reason, step=body.step, unchanged=unchanged, **given)
    if act.outcome == "refused":
        raise Problem(409, "not-applicable", act.detail)
    # What a new input replaced is in the detail; an answer does not repeat it.
    detail = "the input was replaced" if verb == "retry_with_input" else act.detail
    return {
        "verb": act.verb,
        "step": act.step,
        "by": act.by,
        "outcome": act.outcome,
        "detail": detail,
        "at": act.at,
    }


@router.post("/{run_id}/approvals", response={204: None}, summary="Approve or refuse a step")
def decide_step(request: HttpRequest, run_id: str, body: Decision) -> Status[None]:
    """Only a member of the group that the definition names may decide."""
    _, saga = require_run(request, "approve_step", run_id)
    if why := access.why_not_decide(request.user, saga, body.step):
        raise Problem(403, "forbidden", why)
    by = request.user.get_username()
    seen: dict[str, Any] = {"round": body.round, "unchanged": _unchanged_since(body.basis)}
    engine.approve(run_id, body.step, approved=body.approved, by=by, reason=body.reason, **seen)
    return Status(204, None)


def _unchanged_since(basis: int | None) -> Callable[[RunState], bool] | None:
    """Return a function that says whether a run is still at the entry ``basis``; ``None``: the sender did not say."""
    return None if basis is None else lambda state: state.seq == basis
