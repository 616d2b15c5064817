"""The page of failures, grouped by saga, step, direction and error, with the number of runs in each group."""

from datetime import timedelta

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from designer.pages.filtering import ListAddress
from designer.pages.sparkline import bars
from sagaflow import access, store
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
    context = {
        "groups": [(group, bars(group.counts)) for group in groups],
        "may_operate": not access.why_not(request.user, "operate_run"),
        "within": within,
        "windows": list(TITLES.items()),
        "title": TITLES[within],
        "saga": saga,
        "most": MOST,
    }
    return render(request, "designer/failures.html", context)
