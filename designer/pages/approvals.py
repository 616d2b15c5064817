"""The decisions that wait for the user: steps that need an approval, and acts that need a second person.

Steps come with the data to decide about: first those with a reminder, then the oldest run.

These data are the input of the step: what its mapping picks, or the input of the run.
"""

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from designer.pages.second_person import asked_rows
from sagaflow import access, store
from sagaflow.core.definition.saga import Saga
from sagaflow.core.mask import masked
from sagaflow.core.run import queries
from sagaflow.core.run.state import RunState
from sagaflow.flowchart.compose import step_title
from sagaflow.store import act_requests
from sagaflow.store.lists import approvals as asked
from sagaflow.store.lists.approvals import Asked

__all__ = ["MOST", "approvals", "decision"]

MOST = 500
"""The number of runs that are read for the page."""
FIELDS = 8
"""The number of fields of an input that are shown, if the step does not pick its own."""


@require_safe
@permission_required("sagaflow.view_run", raise_exception=True)
def approvals(request: HttpRequest) -> HttpResponse:
    """The page."""
    user = request.user
    if access.why_not(user, "approve_step") and not access.can_be_second(user):
        raise PermissionDenied
    inbox = asked.approvals(
        access.visible_runs(user),
        user.get_username(),
        may_decide=lambda saga, step, state: not access.why_not_asked(user, saga, step, state),
        limit=MOST,
    )
    rows = [_row(request, each) for each in inbox.asked]
    rows.sort(key=lambda row: row["reminded"] is None)
    requests = asked_rows(user, act_requests.newest(access.visible_runs(user), limit=MOST))
    context = {"approvals": rows, "requests": requests, "is_whole": inbox.is_whole, "most": MOST}
    return render(request, "designer/approvals.html", context)


def decision(user: Any, saga: Saga, state: RunState, name: str) -> dict[str, Any]:
    """Return what a user decides about at a step: its data without what the user may not see, and its times."""
    step, now = saga.steps[name], state.steps[name]
    given = masked(queries.input_now(saga, state, name), access.sensitive_for(user, saga))
    fields = list(given.items()) if isinstance(given, dict) else []
    most = len(fields) if step.input else FIELDS
    return {
        "title": step_title(step),
        "group": step.does.asks,
        "fields": fields[:most],
        "rest": len(fields) - most,
        "since": now.started_at or now.first_due_at or state.started_at,
        "reminded": now.reminded_at,
        "deadline": now.deadline,
        "is_late": now.deadline is not None and now.deadline < store.now(),
    }


def _row(request: HttpRequest, each: Asked) -> dict[str, Any]:
    handed = each.state.steps[each.step].delegation
    address = {
        verb: reverse("designer:repair", args=[each.run.run_id, verb]) for verb in ("approve", "reject", "delegate")
    }
    return {
        **decision(request.user, each.saga, each.state, each.step),
        "id": each.run.run_id,
        "saga": each.saga.title or each.saga.name,
        "step": each.step,
        "handed": handed,
        "is_mine": handed is not None and handed.to == request.user.get_username(),
        "why_not": access.why_not_decide(request.user, each.saga, each.step, each.state),
        **{verb: f"{href}?{urlencode({'step': each.step})}" for verb, href in address.items()},
    }
