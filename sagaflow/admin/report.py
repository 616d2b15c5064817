"""The printable audit report of one run: the plan, the outcome of each step, who acted, and what the seals prove.

The page is plain HTML with a style for paper; a browser prints it or saves it as PDF. Sensitive fields are masked as on
every page of the admin.
"""

import json
import logging
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString

from sagaflow import store
from sagaflow.admin import picture, seal
from sagaflow.admin.formats import EMPTY, badge, span, time, unbroken
from sagaflow.admin.rollbacks import headline, numbered, outcome_of
from sagaflow.core.definition.compensation import Undo
from sagaflow.core.definition.saga import Saga, Step
from sagaflow.core.run.state import Direction, RunState, StepState
from sagaflow.flowchart.compose import work_title
from sagaflow.flowchart.paint import status_of
from sagaflow.models import OperatorAct, RollbackRecord
from sagaflow.store.errors import UNREADABLE
from sagaflow.store.proof import anchored

__all__ = ["report"]

log = logging.getLogger(__name__)
UNDOES = {Undo.COMPENSATE: "", Undo.SEMANTIC: "semantic", Undo.NOTHING: "nothing", Undo.IRREVERSIBLE: "irreversible"}
ACTS = 500
"""Operator actions in one report, the oldest first. The list of the admin has all of them."""


def report(request: HttpRequest, model_admin: Any, run_id: str) -> HttpResponse:
    """Return the report of a run that the user may see."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    run = model_admin.get_object(request, run_id)
    if run is None:
        raise Http404("This run does not exist.")
    acts = list(OperatorAct.objects.filter(run=run).order_by("pk")[: ACTS + 1])
    context = {
        **model_admin.admin_site.each_context(request),
        "title": f"Audit report of run {run.pk}",
        "run": run,
        "status": badge(run.status),
        "attention": badge(run.attention) if run.attention else "",
        "attributes": _attributes(run),
        "times": {name: time(getattr(run, f"{name}_at")) for name in ("created", "updated", "ended")},
        "took": span((run.ended_at - run.created_at).total_seconds()) if run.ended_at else "",
        "head": run.masking.proof(run.head, run.definition_id),
        "seal": seal.of_run(run),
        "covered": anchored.covered_until(run.pk),
        "picture": picture.on_paper(run),
        "records": [_record(run, row) for row in RollbackRecord.objects.filter(run=run).order_by("seq")],
        "acts": [_act(run, act) for act in acts[:ACTS]],
        "acts_shown": ACTS if len(acts) > ACTS else 0,
        "made_at": time(store.now()),
        "made_by": request.user.get_username(),
        **_course(run),
    }
    return TemplateResponse(request, "admin/sagaflow/report.html", context, headers={"Cache-Control": "no-store"})


def _attributes(run: Any) -> list[tuple[str, Any]]:
    shown = run.masking.search(run.search, run.definition_id)
    return list(shown.items()) if isinstance(shown, dict) else [("all", shown)] if run.search else []


def _course(run: Any) -> dict[str, Any]:
    """Return the plan and the steps, or the reason why they cannot be read."""
    try:
        saga, state = store.state(str(run.pk))
        return {"saga": saga, "steps": list(_steps(saga, state, store.now()))}
    except UNREADABLE as error:
        log.warning("The report of run %s has no steps: %s: %s", run.pk, type(error).__name__, error)
        return {"saga": None, "steps": [], "unreadable": True}


def _steps(saga: Saga, state: RunState, at: float) -> Iterator[dict[str, Any]]:
    """Yield the plan and the outcome of each step, in the order of the definition."""
    for number, (name, step) in enumerate(saga.steps.items(), 1):
        now, segment = state.steps[name], saga.graph.segment_of[name]
        yield {
            "number": number,
            "name": unbroken(name),
            "title": work_title(step, Direction.DO),
            "segment": segment.name,
            "style": segment.style.value,
            "team": segment.team,
            "service": unbroken(step.service),
            "pivot": step.pivot,
            "undo": unbroken(_undo(step)),
            "status": badge(status_of(state, now, at).value),
            "attempts": now.attempts,
            "undo_attempts": now.undo_attempts,
            "errors": _errors(now),
            "by": now.by,
            "note": unbroken(now.note),
            "did": (time(now.started_at), time(now.ended_at)) if now.started_at else None,
            "undid": (time(now.undo_started_at), time(now.undo_ended_at)) if now.undo_started_at else None,
        }


def _undo(step: Step) -> str:
    if step.undo is None:
        return "no compensation"
    title = work_title(step, Direction.UNDO) if step.undo.does else ""
    return ": ".join(filter(None, (UNDOES[step.undo.kind], title, step.undo.reason)))


def _errors(now: StepState) -> list[SafeString]:
    """Return the errors of either direction. Sensitive values were masked when they were stored."""
    found = (("", now.do_error), ("undo: ", now.undo_error))
    return [
        unbroken(f"{words}{error.kind.value.replace('_', ' ')} {error.code}: {error.message}")
        for words, error in found
        if error
    ]


def _record(run: Any, row: RollbackRecord) -> dict[str, Any]:
    try:
        value = run.masking.document(row.record, run.definition_id)
    except UNREADABLE:
        value = {}
    record = value if isinstance(value, dict) else {}
    return {
        "row": row,
        "hash": run.masking.proof(row.hash, run.definition_id),
        "seal": seal.mark(whole=seal.is_whole(row)),
        "headline": headline(row, record),
        "steps": [
            outcome_of(number, step) | {"name": unbroken(step.get("step", ""))} for number, step in numbered(record)
        ],
    }


def _act(run: Any, act: OperatorAct) -> dict[str, Any]:
    act.run = run
    detail = run.masking.detail(act)
    return {
        "at": time(act.at),
        "by": act.by,
        "verb": act.verb.replace("_", " "),
        "step": act.step,
        "reason": unbroken(act.reason) if act.reason else EMPTY,
        "outcome": badge(act.outcome),
        "detail": unbroken(detail if isinstance(detail, str) else json.dumps(detail, ensure_ascii=False)),
    }
