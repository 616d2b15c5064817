"""Repair: a page that says what will happen and asks for the reason, and the action itself. It needs no JavaScript."""

import json
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.crypto import salted_hmac
from django.views.decorators.http import require_http_methods

from designer.live.view import view_of
from designer.pages.actions import Offer, Viewer, offers_of, tells_of, title_of
from designer.pages.approvals import decision
from designer.pages.outcome import outcome_of
from sagaflow import access, engine, store
from sagaflow.core.definition.saga import Saga
from sagaflow.core.errors import InvalidPayload, Refused
from sagaflow.core.json_value import Json
from sagaflow.core.mask import masked, unmasked
from sagaflow.core.run import preview, queries
from sagaflow.core.run.interventions import pivot_decides
from sagaflow.core.run.second_person import seen
from sagaflow.core.run.state import RunState
from sagaflow.core.run.verbs import VERBS
from sagaflow.encoding import parse_payload
from sagaflow.engine.inputs import LONGEST_REASON
from sagaflow.flowchart.compose import work_title
from sagaflow.flowchart.paint import status_of

__all__ = ["repair"]


@dataclass(frozen=True, slots=True)
class RepairCase:
    """A verb on a run, or on one of its steps, at one moment."""

    run_id: str
    verb: str
    step: str | None
    saga: Saga
    state: RunState
    offer: Offer
    at: float
    """Seconds since the epoch, by the database's clock."""
    by: str = ""
    """The user who started the run; empty: a program did."""

    @property
    def heading(self) -> str:
        """The act and what it is about: ``Retry: Refund payment (undo of Take payment)``."""
        if self.step is None:
            return self.offer.title
        direction = self.state.steps[self.step].status.direction
        return f"{VERBS[self.verb].title}: {work_title(self.saga.steps[self.step], direction)}"

    @property
    def plan(self) -> tuple[preview.PlannedUndo, ...]:
        """The compensations of the rollback. A rejection may roll back to a save-point only."""
        return preview.plan(self.saga, self.state, self.at, failing=self.step or "")

    @property
    def basis(self) -> str:
        """The fingerprint of the data that the user sees before the decision: the step, or the plan of the rollback.

        It has a key, because it covers masked fields: without one, all values of a short field could be tried.
        """
        shown = [self.offer.why_not, seen(self.saga, self.state, self.step or "", self.at)]
        return salted_hmac("sagaflow.repair", repr(shown)).hexdigest()[:16]

    @property
    def second(self) -> str:
        """The reason why the action needs a second person; empty: it does not."""
        return engine.second_person().why(self.saga, self.state, self.verb)

    def still_shows(self, state: RunState) -> bool:
        """Return true if the user would see the same of ``state``."""
        return replace(self, state=state).basis == self.basis


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("sagaflow.view_run", raise_exception=True)
def repair(request: HttpRequest, run_id: UUID, verb: str) -> HttpResponse:
    """The form and the action. ``?step=`` names the step."""
    case = _case(request, str(run_id), verb)
    if request.method != "POST":
        since = request.GET.get("outcome", "")
        return _outcome(request, case, int(since)) if since.isascii() and since.isdigit() else _page(request, case)
    reason, text = request.POST.get("reason", "").strip(), request.POST.get("value", "")
    value, faults = None, {} if reason else {"reason": "Enter a reason. It is saved with the run."}
    if len(reason) > LONGEST_REASON:
        faults["reason"] = f"The reason has {len(reason)} characters. The limit is {LONGEST_REASON}."
    try:
        value = _value(request, case, text) if VERBS[verb].takes else None
    except (InvalidPayload, Refused) as error:
        faults["value"] = str(error)
    if faults:
        return _page(request, case, reason=reason, text=text, faults=faults, status=422)
    if request.POST.get("basis") != case.basis:
        moved = "The run has changed since you opened this page. Check its current state and decide again."
        return _page(request, case, reason=reason, text=text, refusal=moved, status=409)
    try:
        if case.second and not case.offer.why_not:
            return _asked(request, case, reason, value)
        refusal = _do(request.user.get_username(), case, reason, value)
    except (Refused, InvalidPayload) as error:
        refusal = str(error)
    if refusal:
        return _page(request, _case(request, str(run_id), verb), reason=reason, text=text, refusal=refusal, status=409)
    if _in_dialog(request):
        return _outcome(request, _case(request, str(run_id), verb), case.state.seq)
    about = f" {case.step}" if case.step else ""
    but = f" But {told}." if case.step is None and (told := pivot_decides(*store.state(str(run_id)))) else ""
    kept = "Your name and reason are saved with the run."
    messages.success(request, f"Requested: {case.offer.title}{about}. {kept}{but}")
    return redirect("designer:run", run_id=run_id)


def _case(request: HttpRequest, run_id: str, verb: str) -> RepairCase:
    """Return the case that a request asks for.

    Raises:
        Http404: there is no such run, step or verb.
        PermissionDenied: the user may not do this.
    """
    if verb not in VERBS:
        raise Http404(f"There is no action '{verb}'.")
    try:
        line, saga = access.run(request.user, run_id)
    except store.UnknownRun as error:
        raise Http404(str(error)) from error
    _, state = store.state(run_id)
    step = request.GET.get("step") or None
    if step is not None and step not in saga.steps:
        raise Http404(f"Saga '{saga.name}' has no step '{step[:64]}'.")
    if denied := access.why_not_act(request.user, saga, verb, step, state):
        raise PermissionDenied(denied)
    at = store.now()
    viewer = Viewer(request.user, run_id, saga, state, at)
    offer = next((candidate for candidate in offers_of(viewer, step) if candidate.verb == verb), None)
    if offer is None:
        why = "It does not apply to this run." if step is None else f"It does not apply to '{step}'."
        offer = Offer(verb, title_of(verb, state, step), "", why)
    return RepairCase(run_id, verb, step, saga, state, offer, at, line.by)


def _page(
    request: HttpRequest,
    case: RepairCase,
    *,
    reason: str = "",
    text: str | None = None,
    faults: dict[str, str] | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    now = case.state.steps[case.step] if case.step else None
    context = {
        "case": case,
        "tells": tells_of(case.verb, case.state, case.step),
        "step": case.saga.steps[case.step] if case.step else None,
        "now": now,
        "mark": status_of(case.state, now, case.at) if now else None,
        "asked": decision(request.user, case.saga, case.state, case.step)
        if case.step and VERBS[case.verb].permission == "approve_step"
        else None,
        "error": (now.undo_error or now.do_error) if now else None,
        "of_undo": bool(now and now.undo_error),
        "plan": case.plan if VERBS[case.verb].rolls_back else (),
        "pivot": next((line.step for line in case.plan if line.decides), ""),
        "with_plan": VERBS[case.verb].rolls_back,
        "address": request.get_full_path(),
        "value_name": _value_name(case),
        "value_is_name": VERBS[case.verb].takes == "to",
        "value_help": _value_help(request, case),
        "text": _prefilled(request, case) if text is None else text,
        "reason": reason,
        "faults": faults or {},
        "refusal": refusal,
        "longest": LONGEST_REASON,
        "second": case.second,
    }
    name = "repair_dialog" if _in_dialog(request) else "repair"
    return render(request, f"designer/{name}.html", context, status=status)


def _outcome(request: HttpRequest, case: RepairCase, since: int) -> HttpResponse:
    """Answer with the outcome of the act so far. ``since``: the number of the latest journal entry before the act."""
    outcome = outcome_of(view_of(case.saga, case.state, case.at), case.offer.title, case.step, since)
    query = urlencode({name: value for name, value in (("step", case.step), ("outcome", since)) if value is not None})
    context = {"case": case, "outcome": outcome, "address": f"{request.path}?{query}"}
    name = "repair_outcome" if _in_dialog(request) else "repair_outcome_page"
    answer = render(request, f"designer/{name}.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


def _in_dialog(request: HttpRequest) -> bool:
    """True if the page of a run asks for the form alone, which it shows in a dialog."""
    return request.headers.get("X-Dialog") == "1"


def _value_help(request: HttpRequest, case: RepairCase) -> str:
    """Return the hint below the field for the JSON of the verb."""
    if case.verb == "retry_with_input":
        rule = _input_rule(case)
        masks = " Fields that show ••• keep their value unless you replace it." if _sensitive(request, case) else ""
        return rule + masks
    if case.verb == "delegate":
        return _delegate_help(case)
    if case.verb != "skip":
        return "The payload of the event."
    outputs = (case.saga.steps[case.step].outputs if case.step else ()) or ("it",)
    return f"Later steps may read {', '.join(outputs)}. Leave it empty for no output."


def _delegate_help(case: RepairCase) -> str:
    handed = case.state.steps[case.step].delegation if case.step else None
    if handed is None:
        return "This user needs the permissions to see runs of this saga and to approve steps."
    return f"{handed.by} delegated it to {handed.to}. Leave it empty to hand the approval back to the group alone."


def _input_rule(case: RepairCase) -> str:
    """Return what the new input of a step must be like."""
    step = case.saga.steps[case.step] if case.step else None
    if step is not None and (step.input is not None or step.maps_undo):
        return "It replaces the input that the step's mapping gives."
    if case.saga.input_schema:
        return "It must match the saga's input schema."
    return "The saga has no input schema: any JSON is accepted."


def _value_name(case: RepairCase) -> str:
    """Return the name of the value; empty if the verb takes none. Nothing reads the output of a skipped undo."""
    if case.verb == "skip" and case.step and case.state.steps[case.step].status.direction == "undo":
        return ""
    return VERBS[case.verb].takes_title


def _prefilled(request: HttpRequest, case: RepairCase) -> str:
    if case.verb == "publish":
        return "{}"
    if case.verb != "retry_with_input" or not case.step:
        return ""
    old = queries.input_now(case.saga, case.state, case.step)
    return json.dumps(masked(old, _sensitive(request, case)), indent=2, ensure_ascii=False)


def _sensitive(request: HttpRequest, case: RepairCase) -> tuple[str, ...]:
    """Return the names of the fields that are masked in the value to edit."""
    return access.sensitive_for(request.user, case.saga) if case.verb == "retry_with_input" else ()


def _value(request: HttpRequest, case: RepairCase, text: str) -> Json:
    """Return the typed value; a masked field that was not changed keeps its value.

    Raises:
        InvalidPayload, Refused: the text is not JSON, or it breaks the input schema.
    """
    if not _value_name(case):
        return None
    if case.verb == "delegate" and case.step:
        return _delegate(case, case.step, text.strip())
    if not text.strip() and case.verb == "skip":
        return None
    if not text.strip() and case.verb == "retry_with_input":
        raise Refused("Enter the new input.")
    value = parse_payload(text, what=f"The {_value_name(case).lower()}")
    if case.verb != "retry_with_input" or not case.step:
        return value
    old = queries.input_now(case.saga, case.state, case.step)
    edited = unmasked(value, old, _sensitive(request, case))
    return engine.check_step_input(case.saga, case.state, case.step, edited)


def _delegate(case: RepairCase, step: str, to: str) -> str:
    """Return the name of the user. It may be empty only if there is a delegation to take back.

    Raises:
        Refused: the approval cannot be delegated to this user.
    """
    if not to and case.state.steps[step].delegation is None:
        raise Refused("Enter the name of the user who may decide too.")
    if to and (why := access.why_not_delegate(to, case.saga, step, case.state)):
        raise Refused(why)
    return to


def _do(by: str, case: RepairCase, reason: str, value: object) -> str:
    """Do the action; return the reason of a refusal, empty if it was done."""
    if case.offer.why_not:
        return case.offer.why_not
    act = engine.operate(case.run_id, case.verb, by=by, reason=reason, **_values(case, value))
    return act.detail if act.outcome == "refused" else ""


def _asked(request: HttpRequest, case: RepairCase, reason: str, value: object) -> HttpResponse:
    """Ask a second person to do the action, and lead to the request.

    Raises:
        Refused: it does not apply, or was asked for already.
    """
    by = request.user.get_username()
    asked = engine.ask(case.run_id, case.verb, by=by, reason=reason, **_values(case, value))
    messages.success(request, f"Asked: {case.offer.title}. It happens when another operator gives it.")
    return redirect("designer:request", request_id=asked.request_id)


def _values(case: RepairCase, value: object) -> dict[str, Any]:
    """Return the step that the user saw, what of it has to be so still, and the value if the action takes one."""
    round_ = case.state.steps[case.step].round if case.step else None
    takes = VERBS[case.verb].takes
    return {"step": case.step, "round": round_, "unchanged": case.still_shows, **({takes: value} if takes else {})}
