"""The page of failures, grouped by saga, step, direction and error, with the number of runs in each group."""

from collections.abc import Mapping
from datetime import timedelta

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from designer.pages.filtering import ListAddress
from designer.pages.sparkline import bars
from sagaflow import access, store
from sagaflow.core.definition.saga import Saga
from sagaflow.flowchart.compose import step_title
from sagaflow.store.lists import failures as found

__all__ = ["failures"]

MOST = 100
WINDOWS = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30), "ever": None}
TITLES = {"day": "24 hours", "week": "7 days", "month": "30 days", "ever": "Any time"}


@require_safe
@permission_required("sagaflow.view_run", raise_exception=True)
def failures(request: HttpRequest) -> HttpResponse:
    """The page. ``?within=day|week|month|ever`` limits the start of the runs, ``?saga=`` the saga."""
    within = request.GET.get("within", "week")
    within = within if within in WINDOWS else "week"
    saga = ListAddress.of(request.GET).query.saga
    length = WINDOWS[within]
    now = store.to_datetime(store.now())
    since = None if length is None else now - length
    groups = found.groups(access.visible_runs(request.user), now=now, since=since, saga=saga, limit=MOST)
    known = {each.name: each for each in access.sagas(request.user, "view_run")}
    context = {
        "groups": [(group, bars(group.counts), *_titles(known, group)) for group in groups],
        "may_operate": not access.why_not(request.user, "operate_run"),
        "within": within,
        "windows": list(TITLES.items()),
        "title": TITLES[within],
        "saga": saga,
        "most": MOST,
    }
    return render(request, "designer/failures.html", context)


def _titles(known: Mapping[str, Saga], group: found.Group) -> tuple[str, str]:
    """Return the titles of the saga and of the step, or their names if the newest definition does not have them."""
    saga = known.get(group.saga)
    step = saga.steps.get(group.failure.step) if saga else None
    return (saga.title if saga else "") or group.saga, step_title(step) if step else group.failure.step
