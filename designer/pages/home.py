"""The list of runs: tabs with counts, one search line, and one line a run. The address holds what is asked for."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import unquote, urlencode

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from designer.pages.columns import CHOICES, Columns
from designer.pages.filtering import ListAddress
from designer.pages.schema_form import examples_of
from designer.pages.totals import Totals
from designer.pages.views import address_of
from designer.preferences import COLUMNS as COLUMNS_COOKIE
from sagaflow import access, registry, run_view, store
from sagaflow.core.definition.saga import Saga, Step
from sagaflow.core.run.failure import read_failure
from sagaflow.core.run.state import Direction, RunStatus
from sagaflow.core.words.run_query import Query
from sagaflow.flowchart.compose import step_title, undo_title
from sagaflow.store import saved_views
from sagaflow.store.errors import BadFilter
from sagaflow.store.lists import live_columns, lookup
from sagaflow.store.lists.lookup import RunFilter
from sagaflow.store.lists.paging import cursor_after, read_cursor
from sagaflow.store.lists.scopes import RunScope
from sagaflow.store.runs.run_line import RunLine

__all__ = ["PAGE", "home"]

PAGE = 50
PRESETS = (("15 min", "15m"), ("1 h", "1h"), ("24 h", "24h"), ("7 d", "7d"))
"""Time ranges: the label, and the value of ``since``."""
RETRIED = ("parked", "stuck")
"""The reasons for attention whose first remedy is a retry of the step at which the run stands."""
COLUMNS = (("started", "Started"), ("updated", "Updated"), ("ended", "Ended"))


@require_safe
@permission_required("sagaflow.view_run", raise_exception=True)
def home(request: HttpRequest) -> HttpResponse:
    """The page. An ID in the search field redirects to its run."""
    wanted = ListAddress.of(request.GET)
    columns = Columns.read(wanted.columns or unquote(request.COOKIES.get(COLUMNS_COOKIE, "")))
    scope = access.visible_runs(request.user)
    if run_id := wanted.run_named(scope):
        return redirect("designer:run", run_id=run_id)
    listed, faults = _listed(wanted, scope)
    cursor = {"cursor": cursor_after(listed[PAGE - 1], wanted.sort)} if len(listed) > PAGE else None
    counts = live_columns.counts(scope)
    if faults:
        totals = Totals.of_nothing(counts["status"])
    else:
        filters = partial(_filter, wanted, scope)
        is_whole = not (cursor or wanted.cursor)
        totals = Totals.of(wanted.query, filters, counts["status"], listed, is_whole=is_whole)
    views = _views(request, wanted)
    context = {
        "wanted": wanted,
        "faults": faults,
        "tabs": _tabs(None if faults else wanted.query, counts),
        "counters": _counters(wanted, totals),
        "presets": [(label, wanted.with_terms(since=since), wanted.query.since == since) for label, since in PRESETS],
        "any_time": wanted.with_terms(since="", until=""),
        "is_any_time": not (faults or wanted.query.since or wanted.query.until),
        "sorts": [sort for sort in _sorts(wanted) if sort["by"] in columns.named],
        "columns": columns,
        "choices": [(name, title, name in columns.named) for name, title in CHOICES.items()],
        "views": views,
        "view_name": next((view["name"] for view in views if view["is_current"]), ""),
        "groups": saved_views.groups_of(request.user),
        "longest": saved_views.LONGEST_NAME,
        "runs": _rows(request, listed[:PAGE], columns),
        "totals": totals,
        "following": urlencode(wanted.parameters | cursor) if cursor else "",
        "limited": bool(listed or wanted.query) and not faults and wanted.is_limited(),
        "startable": _startable(request),
        "may_operate": not access.why_not(request.user, "operate_run"),
        "is_empty": not sum(counts["status"].values()),
    }
    return render(request, "designer/home.html", context)


def _listed(wanted: ListAddress, scope: RunScope) -> tuple[list[RunLine], list[str]]:
    """Return the runs of the page and one more if there is one, or what is wrong with the query."""
    faults = [fault.message for fault in wanted.faults]
    try:
        run_filter = _filter(wanted, scope, wanted.query)
        before = read_cursor(wanted.cursor)
        if not faults:
            return lookup.find(run_filter, limit=PAGE + 1, before=before, sort=wanted.sort), []
    except BadFilter as error:
        faults.append(str(error))
    return [], faults


def _counters(wanted: ListAddress, totals: Totals) -> list[tuple[str, str, str, bool]]:
    """Return for each status: its name, the number of runs, the address of their list, and true if it is shown."""
    return [
        (
            status.value,
            totals.shown_of(status),
            wanted.with_terms(status=status.value, attention=""),
            wanted.query.status == status,
        )
        for status in RunStatus
    ]


def _filter(wanted: ListAddress, scope: RunScope, query: Query) -> RunFilter:
    return replace(wanted, query=query).run_filter(scope, datetime.fromtimestamp(store.now(), UTC))


def _tabs(shown: Query | None, counts: dict[str, dict[str, int]]) -> list[dict[str, Any]]:
    """Return the tabs, each with the number of its runs. ``shown``: ``None`` if the list is that of no query."""
    attention, status = counts["attention"], counts["status"]
    retrying = attention.get("retrying", 0)
    named = (
        ("Needs attention", Query(attention="needed"), sum(attention.values()) - retrying),
        ("Running", Query(status="running"), status.get("running", 0)),
        ("Retrying", Query(attention="retrying"), retrying),
        ("All", Query(), sum(status.values())),
    )
    return [
        {
            "title": title,
            "address": "?" + urlencode({"q": query.text}) if query else reverse("designer:home"),
            "count": count,
            "is_current": shown == query,
            "is_urgent": title == "Needs attention" and count > 0,
        }
        for title, query, count in named
    ]


def _sorts(wanted: ListAddress) -> list[dict[str, Any]]:
    return [
        {
            "by": by,
            "title": title,
            "address": wanted.sorted_by(by),
            "order": ("ascending" if wanted.sort.oldest_first else "descending") if wanted.sort.by == by else "",
        }
        for by, title in COLUMNS
    ]


def _startable(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the sagas that the user may start, in the order of the apps, each with the examples of its input."""
    sagas = [
        saga for saga in access.sagas(request.user, "view_run") if not access.why_not(request.user, "start_run", saga)
    ]
    place = {name: at for at, name in enumerate(registry.names())}
    titles = Counter(saga.title or saga.name for saga in sagas)
    return [
        {
            "name": saga.name,
            "title": (title := saga.title or saga.name),
            "is_twin": titles[title] > 1,
            "examples": examples_of(saga),
        }
        for saga in sorted(sagas, key=lambda saga: place.get(saga.name, len(place)))
    ]


def _views(request: HttpRequest, wanted: ListAddress) -> list[dict[str, Any]]:
    """Return the saved views that the user has, and say which of them is shown."""
    shown = (wanted.query.text, wanted.sort.text, wanted.columns)
    return [
        {
            "name": line.name,
            "group": line.group,
            "address": address_of(line),
            "is_current": (line.query, line.sort, line.columns) == shown,
        }
        for line in saved_views.views_of(request.user)
    ]


def _rows(request: HttpRequest, listed: list[RunLine], columns: Columns) -> list[dict[str, Any]]:
    now = store.now()
    return [_row(request, run, store.readable_definition(run.digest), now, columns) for run in listed]


def _row(request: HttpRequest, run: RunLine, saga: Saga | None, now: float, columns: Columns) -> dict[str, Any]:
    sensitive = access.sensitive_for(request.user, saga) if saga else None
    row = run_view.summary(run, saga, now, sensitive=sensitive)
    step = saga.steps.get(run.step) if saga else None
    may_retry = run.attention in RETRIED and saga is not None and not access.why_not(request.user, "operate_run", saga)
    remedy = reverse("designer:repair", args=[run.run_id, "retry"]) + "?" + urlencode({"step": run.step})
    return row | {
        "since_change": now - run.updated_at.timestamp(),
        "since_end": now - run.ended_at.timestamp() if run.ended_at else None,
        "title": (saga.title if saga else "") or run.saga,
        "step": run.step,
        "step_title": _place(step, run),
        "waits_for": step.does.asks if step and run.status == "running" and not (run.attention or run.failure) else "",
        "attributes": [row["search"].get(name) for name in columns.attributes],
        "took": (run.ended_at.timestamp() if run.ended_at else now) - run.created_at.timestamp(),
        "error": read_failure(run.failure).code if run.failure else "",
        "next_try": run.wake_at
        if run.attention == "retrying" and run.wake_at and run.wake_at.timestamp() > now
        else None,
        "remedy": remedy if may_retry and run.step else "",
    }


def _place(step: Step | None, run: RunLine) -> str:
    """Return the title of the step at which a run stands: ``Take payment``, or ``Refund payment (undo)``."""
    back = run.direction == Direction.UNDO
    title = (back and undo_title(step)) or step_title(step) if step else run.step
    return f"{title} (undo)" if back else title
