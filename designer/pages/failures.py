"""Failures, grouped: which trouble do how many runs have?"""

from datetime import timedelta

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from designer.pages.filtering import Wanted
from sagaflow import access, store
from sagaflow.store.lists import failures as found

__all__ = ["failures"]

MOST = 100
WINDOWS = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30), "ever": None}


@require_safe
@permission_required("sagaflow.view_run", raise_exception=True)
def failures(request: HttpRequest) -> HttpResponse:
    """``?within=day|week|month|ever`` (by the start of the runs), ``?saga=``."""
    within = request.GET.get("within", "week")
    within = within if within in WINDOWS else "week"
    saga = Wanted.of(request.GET).saga
    length = WINDOWS[within]
    since = None if length is None else store.to_datetime(store.now()) - length
    context = {
        "groups": found.groups(access.visible_runs(request.user), since=since, saga=saga, limit=MOST),
        "within": within,
        "windows": list(WINDOWS),
        "saga": saga,
        "most": MOST,
    }
    return render(request, "designer/failures.html", context)
