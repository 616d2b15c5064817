"""The list of sagas: of those that are registered now, and the names of those that only have versions."""

from collections import Counter
from collections.abc import Callable, Mapping

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from designer.drafts.time_limit import LINTING, passed
from designer.pages.saga_tabs import styles_of
from sagaflow import access, registry
from sagaflow.core.definition.saga import Saga
from sagaflow.core.json_value import Json
from sagaflow.core.lint import STOPPED, lint
from sagaflow.store.lists import definition_versions, saga_counts
from sagaflow.store.lists.saga_counts import SagaCounts

__all__ = ["definitions"]

SORTS: Mapping[str, tuple[str, Callable[[dict[str, Json]], tuple[int | str, str]]]] = {
    "title": ("Title", lambda row: (row["title"].casefold(), row["saga"].name)),
    "name": ("Name", lambda row: ("", row["saga"].name)),
    "runs": ("Most runs", lambda row: (-row["counts"].runs, row["saga"].name)),
    "attention": ("Needs attention", lambda row: (-row["counts"].attention, row["saga"].name)),
}
"""Label and key by the value of ``?sort=``."""


@require_safe
@permission_required("sagaflow.view_run", raise_exception=True)
def definitions(request: HttpRequest) -> HttpResponse:
    """The page. ``?find=`` limits it to sagas whose title, name, teams or services contain the text."""
    scope = access.visible_runs(request.user)
    counts, known = saga_counts.by_saga(scope), {saga.name for saga in registry.sagas(web=True)}
    words, sort = request.GET.get("find", "").strip()[:200], request.GET.get("sort", "")
    seen, halt = access.sagas(request.user, "view_run"), passed(LINTING)
    rows = [_row(saga, counts.get(saga.name, SagaCounts()), halt) for saga in seen]
    sort = sort if sort in SORTS else "title"
    context = {
        "definitions": sorted((row for row in rows if words.casefold() in row["text"]), key=SORTS[sort][1]),
        "all": len(rows),
        "find": words,
        "sorts": [{"value": value, "label": label, "chosen": value == sort} for value, (label, _) in SORTS.items()],
        "gone": [name for name in definition_versions.names(scope) if name not in known],
    }
    return render(request, "designer/definitions.html", context)


def _row(saga: Saga, counts: SagaCounts, halt: Callable[[], bool]) -> dict[str, Json]:
    findings = lint(saga, halt=halt)
    severities = Counter(finding.severity.value for finding in findings if finding is not STOPPED)
    teams = sorted({segment.team for segment in saga.segments if segment.team})
    services = sorted({step.service for step in saga.steps.values() if step.service})
    title = saga.title or saga.name
    return {
        "saga": saga,
        "title": title,
        "styles": styles_of(saga),
        "teams": teams,
        "services": services,
        "warnings": severities["warning"],
        "advice": severities["advice"],
        "unfinished": STOPPED in findings,
        "counts": counts,
        "text": " ".join((title, saga.name, *teams, *services)).casefold(),
    }
