"""The list of runs: first the runs that need attention, then all runs, the newest first."""

from datetime import timedelta
from urllib.parse import urlencode

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from designer.pages.filtering import Choices, Wanted
from sagaflow import access, run_view, store
from sagaflow.access import RunScope
from sagaflow.core.run.attention import Attention
from sagaflow.core.run.state import RunStatus
from sagaflow.store.errors import BadFilter
from sagaflow.store.lists import failures, live_columns, lookup
from sagaflow.store.lists.lookup import RunFilter
from sagaflow.store.lists.paging import cursor_after, read_cursor
from sagaflow.store.runs.run_line import RunLine

__all__ = ["PAGE", "home"]

PAGE = 50
URGENT = 10
"""The number of runs that need attention which are shown above the list."""
GROUPS = 5
RECENT = timedelta(days=7)
"""The start page shows failures of runs that started in this time. All failures have a page of their own."""


@require_safe
@permission_required("sagaflow.view_run", raise_exception=True)
def home(request: HttpRequest) -> HttpResponse:
    """The page. An ID in the search field redirects to its run."""
    wanted = Wanted.of(request.GET)
    scope, sagas = access.visible_runs(request.user), access.sagas(request.user, "view_run")
    if run_id := wanted.run_named(scope):
        return redirect("designer:run", run_id=run_id)
    try:
        listed, fault = lookup.find(wanted.run_filter(scope), limit=PAGE + 1, before=read_cursor(wanted.cursor)), ""
    except BadFilter as error:
        listed, fault = [], str(error)
    following = urlencode(wanted.filters | {"cursor": cursor_after(listed[PAGE - 1])}) if len(listed) > PAGE else ""
    overview = not wanted.filters and not wanted.cursor
    context = {
        "wanted": wanted,
        "choices": Choices.now(wanted, sagas),
        "fault": fault,
        "runs": _rows(request, listed[:PAGE]),
        "following": following,
        "overview": overview,
        "example": next(iter(sagas), None),
        "may_operate": not access.why_not(request.user, "operate_run"),
    }
    return render(request, "designer/home.html", context | (_overview(request, scope) if overview else {}))


def _overview(request: HttpRequest, scope: RunScope) -> dict[str, object]:
    counted = live_columns.counts(scope)
    return {
        "urgent": _rows(request, _urgent(counted["attention"], scope)),
        "counts": [(reason, counted["attention"][reason]) for reason in Attention if counted["attention"].get(reason)],
        "totals": [(status.value, counted["status"].get(status.value, 0)) for status in RunStatus],
        "groups": failures.groups(scope, since=store.to_datetime(store.now()) - RECENT, limit=GROUPS),
    }


def _urgent(counts: dict[str, int], scope: RunScope) -> list[RunLine]:
    lines: list[RunLine] = []
    for reason in Attention:
        if len(lines) < URGENT and counts.get(reason):
            lines += lookup.find(RunFilter(attention=reason, scope=scope), limit=URGENT - len(lines))
    return lines


def _rows(request: HttpRequest, listed: list[RunLine]) -> list[dict[str, object]]:
    now = store.now()
    pinned = [(run, store.readable_definition(run.digest)) for run in listed]
    return [
        run_view.summary(run, saga, now, sensitive=access.sensitive_for(request.user, saga) if saga else None)
        | {"since_change": now - run.updated_at.timestamp()}
        | ({"next_try": run.wake_at} if run.attention == "retrying" else {})
        for run, saga in pinned
    ]
