"""A request for a second person: what was asked, whether it is still so, and the answer of another operator."""

import json
from collections.abc import Iterable
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from sagaflow import access, engine, store
from sagaflow.core.definition.saga import Saga
from sagaflow.core.errors import InvalidPayload, Refused
from sagaflow.core.json_value import Json
from sagaflow.core.mask import MASK, masked
from sagaflow.core.run.people import may_be_same
from sagaflow.core.run.verbs import VERBS
from sagaflow.engine.inputs import LONGEST_REASON
from sagaflow.flowchart.compose import work_title
from sagaflow.store import bulk_repairs
from sagaflow.store.act_requests import Request
from sagaflow.store.errors import UNREADABLE

__all__ = ["asked_rows", "request_page"]


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("sagaflow.view_run", raise_exception=True)
def request_page(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """The page of one request, and its answer."""
    try:
        asked = access.request(request.user, str(request_id))
    except Refused as error:
        raise Http404(str(error)) from error
    if request.method != "POST":
        return _page(request, asked)
    note, is_given = request.POST.get("note", "").strip(), request.POST.get("answer") == "give"
    if not _is_mine(request.user, asked) and (denied := access.why_not_give(request.user, asked)):
        raise PermissionDenied(denied)
    refusal = ""
    try:
        _answer(request, asked, note, is_given=is_given)
    except (Refused, InvalidPayload) as refused:
        refusal = str(refused)
    if refusal:
        return _page(request, access.request(request.user, str(request_id)), note=note, refusal=refusal, status=409)
    if asked.run_id is None:
        return redirect("designer:bulk", repair_id=asked.repair_id)
    return redirect("designer:run", run_id=asked.run_id)


def asked_rows(user: access.User, requests: Iterable[Request]) -> list[dict[str, Any]]:
    """Return requests for a list, without those of runs that cannot be read: the list of runs shows these."""
    rows = []
    for each in requests:
        with suppress(*UNREADABLE):
            rows.append(_row(user, each))
    return rows


def _row(user: access.User, asked: Request) -> dict[str, Any]:
    saga, step = _place(asked)
    return {
        "asked": asked,
        "verb": VERBS[asked.verb].title,
        "saga": saga.title or saga.name if saga else "",
        "step": step,
        "is_mine": _is_mine(user, asked),
        "is_outdated": asked.answer is None and engine.is_outdated(asked),
        "why_not": _why_not_give(user, asked),
    }


def _answer(request: HttpRequest, asked: Request, note: str, *, is_given: bool) -> None:
    by, title = request.user.get_username(), VERBS[asked.verb].title
    if is_given:
        engine.give(asked.request_id, by=by, note=note)
        messages.success(request, f"Given: {title}. Your name and that of {asked.by} are saved with the run.")
    else:
        outcome = engine.refuse(asked.request_id, by=by, note=note)
        messages.success(request, f"{outcome.capitalize()}: {title}. Nothing was changed.")


def _page(
    request: HttpRequest, asked: Request, *, note: str = "", refusal: str = "", status: int = 200
) -> HttpResponse:
    saga, _ = _place(asked)
    context = _row(request.user, asked) | {
        "value_name": VERBS[asked.verb].takes_title,
        "value": _value(request.user, asked, saga),
        "effect": VERBS[asked.verb].bulk_effect if asked.repair_id else VERBS[asked.verb].effect,
        "note": note,
        "refusal": refusal,
        "longest": LONGEST_REASON,
    }
    return render(request, "designer/request.html", context, status=status)


def _place(asked: Request) -> tuple[Saga | None, str]:
    """Return the definition of the run, and the title of the step that the request is about."""
    if asked.run_id is None:
        return None, asked.step
    saga, state = store.state(asked.run_id)
    known = asked.step in saga.steps
    return saga, work_title(saga.steps[asked.step], state.steps[asked.step].status.direction) if known else asked.step


def _value(user: access.User, asked: Request, saga: Saga | None) -> str:
    """Return the JSON of the request as text, with the fields masked that the user may not see."""
    if saga is None:
        return _output(user, asked.repair_id or "")
    if not asked.value:
        return ""
    value: Json = json.loads(asked.value)
    return json.dumps(masked(value, access.sensitive_for(user, saga)), indent=2, ensure_ascii=False)


def _output(user: access.User, repair_id: str) -> str:
    """Return the substitute output of a bulk repair, masked as a whole if a field of one of its sagas is."""
    repair = bulk_repairs.repair(repair_id)
    sagas = [store.readable_definition(digest) for digest in bulk_repairs.digests(repair_id)]
    if repair is None or not repair.output:
        return ""
    return MASK if any(saga is None or access.sensitive_for(user, saga) for saga in sagas) else repair.output


def _is_mine(user: access.User, asked: Request) -> bool:
    return may_be_same(asked.by, user.get_username())


def _why_not_give(user: access.User, asked: Request) -> str:
    if _is_mine(user, asked):
        return "You asked for this, and another person has to give it."
    return access.why_not_give(user, asked)
