"""Operator verbs and approvals. Each is recorded with the name of the user and the reason."""

from dataclasses import dataclass
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Header, Router, Status

from sagaflow import access, engine, store
from sagaflow.api.auth import require_run
from sagaflow.api.problems import Problem, refusal
from sagaflow.api.shapes import IF_MATCH, Decision, Delegation, Tag, Verb, VerbName
from sagaflow.core.errors import Refused
from sagaflow.core.json_value import Json
from sagaflow.core.run.state import RunState

__all__ = ["IfMatch", "Seen", "router"]

router = Router(tags=["acts"])

IfMatch = Annotated[Tag | None, Header(alias="If-Match", description=IF_MATCH)]


@router.post("/{run_id}/verbs/{verb}", response=dict[str, Any], summary="Operate a run")
def operate_run(
    request: HttpRequest, run_id: str, verb: VerbName, body: Verb, if_match: IfMatch = None
) -> dict[str, Json]:
    """The verbs on a step need ``step``. A refusal by the run (409, or 412 because of ``If-Match``) is recorded too.

    Its status and its text are those that asking for a second person has.
    """
    _, saga = require_run(request, "operate_run", run_id)
    if why := access.why_not_act(request.user, saga, verb, body.step, store.state(run_id)[1]):
        raise Problem(403, "forbidden", why)
    by = request.user.get_username()
    given = {"input": body.input, "output": body.output, "round": body.round}
    seen = Seen(body.basis, if_match)
    act = engine.operate(run_id, verb, by=by, reason=body.reason, step=body.step, unchanged=seen.still, **given)
    seen.require_done(act)
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
def decide_step(request: HttpRequest, run_id: str, body: Decision, if_match: IfMatch = None) -> Status[None]:
    """Only a member of the group that the definition names may decide, or the person to whom it was delegated."""
    _, saga = require_run(request, "approve_step", run_id)
    if why := access.why_not_asked(request.user, saga, body.step, store.state(run_id)[1]):
        raise Problem(403, "forbidden", why)
    by = request.user.get_username()
    seen = Seen(body.basis, if_match)
    told: dict[str, Any] = {"round": body.round, "unchanged": seen.still}
    try:
        engine.approve(run_id, body.step, approved=body.approved, by=by, reason=body.reason, **told)
    except Refused as refused:
        raise seen.problem(str(refused)) or refused from refused
    return Status(204, None)


@router.post("/{run_id}/delegations", response={204: None}, summary="Delegate an approval")
def delegate_step(request: HttpRequest, run_id: str, body: Delegation, if_match: IfMatch = None) -> Status[None]:
    """Let one more person decide, or hand the decision back to the group. A refusal is recorded too."""
    _, saga = require_run(request, "approve_step", run_id)
    _, state = store.state(run_id)
    why = access.why_not_decide(request.user, saga, body.step, state)
    if why := why or (access.why_not_delegate(body.to, saga, body.step, state) if body.to else ""):
        raise Problem(403, "forbidden", why)
    by, seen = request.user.get_username(), Seen(body.basis, if_match)
    told: dict[str, Any] = {"round": body.round, "unchanged": seen.still}
    act = engine.operate(run_id, "delegate", by=by, reason=body.reason, step=body.step, to=body.to, **told)
    seen.require_done(act)
    return Status(204, None)


@dataclass(slots=True)
class Seen:
    """The journal entry up to which the sender saw the run, by the body and by the header ``If-Match``, if they say."""

    basis: int | None
    tag: str | None
    failed: bool = False
    """The run was not, under its lock, as the header says."""

    def still(self, state: RunState) -> bool:
        """Return true if the run is as the sender saw it. The engine asks while the run is locked."""
        self.failed = self.tag not in (None, "*", f'"{state.seq}"')
        return not self.failed and self.basis in (None, state.seq)

    def require_done(self, act: store.RecordedAct) -> None:
        """Answer a refusal with 412 if the header did not match, else with the status of its code."""
        if isinstance(act, store.RefusedAct):
            raise self.problem(act.detail) or refusal(act.code, act.detail)

    def problem(self, detail: str) -> Problem | None:
        """Return the error for a sender whose header did not match; ``None``: it did."""
        return Problem(412, "outdated", detail) if self.failed else None
