"""The answer to what a user types into the search field of the list of runs: terms that can stand at the caret.

Names of sagas, steps, teams and search attributes are those of the sagas that the user may see. Error codes and values
of search attributes are those of runs that the user may see; sensitive values are not stored for search.
"""

from dataclasses import asdict
from functools import partial

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from sagaflow import access
from sagaflow.core.words.query_completion import complete
from sagaflow.core.words.run_query import LONGEST, parse
from sagaflow.store.lists import failures, search

__all__ = ["completion"]

DIGITS = 6
"""More digits than those of a caret."""


@require_safe
@never_cache
@permission_required("sagaflow.view_run", raise_exception=True)
def completion(request: HttpRequest) -> JsonResponse:
    """Return ``{start, end, options: [{text, about}, …]}`` for ``?q=`` and the caret after ``?at=`` characters."""
    typed = request.GET.get("q", "")[:LONGEST]
    at = request.GET.get("at", "")
    caret = min(int(at) if at.isascii() and at.isdigit() and len(at) < DIGITS else len(typed), len(typed))
    sagas = access.sagas(request.user, "view_run")
    chosen = parse(typed)[0].saga
    within = [saga for saga in sagas if saga.name == chosen] or sagas
    scope = access.visible_runs(request.user)
    known = {
        "saga": {saga.name: saga.title for saga in sagas},
        "step": {step.name: step.title for saga in within for step in saga.steps.values()},
        "error": dict.fromkeys(failures.codes(scope), "") if "error:" in typed else {},
        "team": {segment.team: "" for saga in within for segment in saga.segments if segment.team},
    }
    attributes = [name for saga in within for name in saga.search]
    return JsonResponse(
        asdict(complete(typed, caret, known, attributes, partial(search.values_beginning, scope=scope)))
    )
