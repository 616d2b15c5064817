"""Starts, lists and shows runs. Sensitive fields are masked for users who may not see them."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypedDict

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Query, Router, Status

from sagaflow import access, engine, run_view, store
from sagaflow.api.auth import require, require_run, require_saga
from sagaflow.api.shapes import Batch, Limit, Name, RunQuery, Seq, Start
from sagaflow.core.codec import encode
from sagaflow.core.json_value import Json
from sagaflow.core.words.run_query import parse
from sagaflow.store.errors import BadFilter
from sagaflow.store.lists import lookup
from sagaflow.store.lists.lookup import RunFilter
from sagaflow.store.lists.paging import cursor_after, read_cursor
from sagaflow.store.lists.query_filter import filter_of
from sagaflow.store.lists.scopes import RunScope
from sagaflow.store.lists.search import attribute
from sagaflow.store.runs.creating import Knows
from sagaflow.store.runs.run_line import RunLine

__all__ = ["router"]

router = Router(tags=["runs"])


@router.post("", response={201: dict[str, Any]}, summary="Start a run")
def start_run(request: HttpRequest, body: Start, response: HttpResponse) -> Status[dict[str, Json]]:
    """The same ``run_id`` or ``key``, saga and input again is the same run; another input is refused (409).

    So is the ID or the key of a run that another user started, for a user who may not see all of that run.
    """
    require_saga(request, "start_run", body.saga)
    names = {"run_id": body.run_id or None, "key": body.key}
    run_id = engine.start(body.saga, body.input, **names, **_common(request, body))
    response["Location"] = reverse("sagaflow-api:get_run", args=[run_id])
    return Status(201, {"id": run_id})


@router.post("/batch", response=dict[str, Any], summary="Start many runs of a saga")
def start_batch(request: HttpRequest, body: Batch) -> dict[str, Json]:
    """A run that is refused stops no other, and its place in the answer says why.

    All others are started in one transaction: an error of the database starts none.
    """
    require_saga(request, "start_run", body.saga)
    runs = [engine.NewRun(input=each.input, run_id=each.run_id or None, key=each.key) for each in body.runs]
    with transaction.atomic():
        fates = engine.start_many(body.saga, runs, **_common(request, body))
    return {"runs": [_fate(each) for each in fates]}


@router.get("", response=dict[str, Any], summary="List runs")
def list_runs(request: HttpRequest, query: Query[RunQuery]) -> dict[str, Json]:
    """The newest first. ``next`` is the cursor of the next page, or null."""
    require(request, "view_run")
    now, limit = store.now(), query.limit
    run_filter = _filter(query, access.visible_runs(request.user), now)
    rows = lookup.find(run_filter, limit=limit + 1, before=read_cursor(query.cursor))
    runs = [_summary(request, run, now) for run in rows[:limit]]
    return {"runs": runs, "next": cursor_after(rows[limit - 1]) if len(rows) > limit else None}


@router.get("/{run_id}", response=dict[str, Any], url_name="get_run", summary="One run, with its steps")
def get_run(request: HttpRequest, response: HttpResponse, run_id: str) -> dict[str, Json]:
    """The run, the state of each step, and what it is waiting on; its ``ETag`` is for the ``If-Match`` of a verb."""
    line, _ = require_run(request, "view_run", run_id)
    saga, state = store.state(run_id)
    sensitive = access.sensitive_for(request.user, saga)
    response["ETag"] = f'"{state.seq}"'
    return {
        "run": run_view.head(line, saga, state, store.now(), sensitive=sensitive),
        "steps": run_view.steps(saga, state, sensitive=sensitive),
        "outstanding": run_view.outstanding(saga, state),
        "observers": run_view.observers(run_id, saga),
    }


@router.get("/{run_id}/journal", response=dict[str, Any], summary="The journal of a run")
def get_journal(request: HttpRequest, run_id: str, after: Seq = 0, limit: Limit = 100) -> dict[str, Json]:
    """The entries with a number above ``after``, in order; ``head`` is the number of the latest one."""
    line, saga = require_run(request, "view_run", run_id)
    sensitive = access.sensitive_for(request.user, saga)
    entries = store.journal(run_id, after, limit=limit)
    return {"entries": [run_view.entry(saga, entry, sensitive=sensitive) for entry in entries], "head": line.seq}


@router.get("/{run_id}/rollbacks", response=dict[str, Any], summary="Rollback records and operator actions")
def get_rollbacks(request: HttpRequest, run_id: str) -> dict[str, Json]:
    """The reason of each rollback, what it undid, and what operators did; the oldest first."""
    _, saga = require_run(request, "view_run", run_id)
    return run_view.past(run_id, saga, sensitive=access.sensitive_for(request.user, saga))


@router.get("/{run_id}/plan", response=dict[str, Any], summary="The steps that a rollback would undo now")
def get_plan(request: HttpRequest, run_id: str) -> dict[str, Json]:
    """The steps in the order of undoing. Nothing is done."""
    require_run(request, "view_run", run_id)
    return {"undo": [encode(undo) for undo in engine.plan(run_id)]}


@router.get("/{run_id}/allowed", response=dict[str, Any], summary="The verbs that apply to a run or a step now")
def get_allowed(request: HttpRequest, run_id: str, step: Name | None = None) -> dict[str, Json]:
    """For each verb: null if it applies now, else the reason why not."""
    require_run(request, "view_run", run_id)
    return {"verbs": engine.allowed(run_id, step)}


def _filter(query: RunQuery, scope: RunScope, now: float) -> RunFilter:
    """Return the filter of ``q``, in which the parameters of their own replace what it says of the same.

    Raises:
        BadFilter: the query cannot be read.
    """
    asked, faults = parse(query.q)
    if faults:
        raise BadFilter(" ".join(fault.message for fault in faults), code="bad-query")
    found = filter_of(asked, now=datetime.fromtimestamp(now, UTC), scope=scope)
    own = {
        "saga": query.saga,
        "key": query.key,
        "status": query.status,
        "attention": "*" if query.attention == "any" else query.attention,
    }
    named: dict[str, Any] = {name: value for name, value in own.items() if value}
    return replace(found, **named, search={**found.search, **dict(attribute(text) for text in query.search)})


class _Common(TypedDict):
    by: str
    not_before: float | None
    knows: Knows


def _common(request: HttpRequest, body: Start | Batch) -> _Common:
    """Return what is the same for one run and for many."""
    not_before = body.not_before.timestamp() if body.not_before else None
    return {
        "by": request.user.get_username(),
        "not_before": not_before,
        "knows": partial(access.knows, request.user),
    }


def _fate(each: engine.Started) -> dict[str, Json]:
    error = each.error and {"code": each.error.code, "detail": str(each.error)}
    return {"id": each.run_id or None, "error": error}


def _summary(request: HttpRequest, run: RunLine, now: float) -> dict[str, Json]:
    saga = store.readable_definition(run.digest)
    return run_view.summary(run, saga, now, sensitive=access.sensitive_for(request.user, saga) if saga else None)
