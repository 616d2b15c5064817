"""The numbers of runs that need attention and of decisions that wait for the user, for pages that stay open."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from sagaflow import access
from sagaflow.store.lists import live_columns

__all__ = ["MOST", "attention"]

MOST = 100
"""Counting stops here: the badge then shows ``99+``."""


@require_safe
@never_cache
@permission_required("sagaflow.view_run", raise_exception=True)
def attention(request: HttpRequest) -> JsonResponse:
    """Return ``{"count": 3, "approvals": 2, "reminded": 1}``, of the runs that the user may see."""
    count = live_columns.needing_attention(access.visible_runs(request.user), most=MOST)
    waiting = access.waiting(request.user, MOST)
    return JsonResponse({"count": count, "approvals": waiting.decisions, "reminded": waiting.reminded})
