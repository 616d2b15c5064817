"""The page of a saga: of the registered definition, and of every version that a run is pinned to."""

from collections.abc import Iterator, Mapping

from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from designer.drafts.time_limit import LINTING, passed
from designer.pages.flowchart_files import FORMATS
from designer.pages.folds import Folds
from designer.pages.saga_tabs import TABS, head_of, registered
from sagaflow import access, registry, store
from sagaflow.core.definition import document
from sagaflow.core.definition.saga import Saga
from sagaflow.core.errors import SagaflowError
from sagaflow.core.json_value import Json
from sagaflow.core.lint import lint
from sagaflow.core.run.state import Direction
from sagaflow.flowchart.compose import work_title
from sagaflow.flowchart.draw import try_draw
from sagaflow.flowchart.heat import Counts, heat
from sagaflow.flowchart.legend import marks
from sagaflow.flowchart.outline import as_text, outline
from sagaflow.flowchart.paint import Painted
from sagaflow.store import subscriptions, web_sagas
from sagaflow.store.lists import definition_versions
from sagaflow.store.lists.step_counts import DefinitionCounts, StepCounts, count_steps

__all__ = ["definition", "saga_of"]


@require_safe
@permission_required("sagaflow.view_run", raise_exception=True)
def definition(request: HttpRequest, name: str, digest: str = "") -> HttpResponse:
    """The page, with the load of the runs; ``digest`` chooses a version that runs are pinned to.

    ``?tab=`` names a tab, ``?fold=`` the folded segments; ``?old=`` and ``?new=`` lead to the comparison of two
    versions.
    """
    if request.GET.get("old") and request.GET.get("new"):
        return _comparison(request, name)
    saga = saga_of(request.user, name, digest)
    head = head_of(request.user, saga)
    versions = head["versions"]
    counted = count_steps(saga.digest, saga.steps)
    listed = subscriptions.listed(saga.name)
    subscribers = tuple(each.subscriber for each in listed)
    folds = Folds.of(request, saga)
    context = head | {
        "folds": folds.links,
        "tab": request.GET["tab"] if request.GET.get("tab") in TABS else TABS[0],
        "picture": try_draw(
            saga, overlay=_overlay(saga, counted), subscribers=subscribers, folded=folds.folded, interactive=True
        ),
        "files": [{"suffix": suffix, "name": name} for suffix, (name, _) in FORMATS.items()],
        "subscribers": listed,
        "step_counts": counted,
        "load": list(_load(saga, counted)),
        "findings": lint(saga, halt=passed(LINTING)),
        "outline": as_text(outline(saga, subscribers=subscribers)),
        "marks": marks(),
        "document": document.dump(saga),
        "number": next((each.number for each in versions if each.digest == saga.digest), None),
        "previous": _previous(versions, saga.digest),
        "source": registry.source_of(saga.name),
        "clash": _clash(saga.name),
    }
    return render(request, "designer/definition.html", context)


def _clash(name: str) -> str:
    """Return the sentence about a name that the code or a file shares with a saga that was published on the web."""
    in_code = not registry.source_of(name).web
    return registry.two_sources(name) if in_code and name in web_sagas.names() else ""


def _comparison(request: HttpRequest, name: str) -> HttpResponse:
    old, new = (saga_of(request.user, name, request.GET[key]) for key in ("old", "new"))
    return redirect("designer:difference", name=name, old=old.digest, new=new.digest)


def saga_of(user: access.User, name: str, digest: str) -> Saga:
    """Return the version ``digest`` of the saga ``name``; if it is empty, the registered one or the latest that ran.

    Raises:
        Http404: there is no such version, or ``user`` may not see it.
    """
    newest = registered(user, name)
    if newest is not None and digest in ("", newest.digest):
        return newest
    if not digest:
        versions = definition_versions.versions_of(name, access.visible_runs(user))
        digest = versions[0].digest if versions else ""
    try:
        saga = store.definition_of(digest)
    except SagaflowError:
        saga = None
    if saga is None or saga.name != name or access.why_not(user, "view_run", saga):
        raise Http404(f"This version of the saga '{name}' does not exist; see the list of sagas.")
    return saga


def _load(saga: Saga, counted: DefinitionCounts) -> Iterator[dict[str, Json]]:
    """Yield a row for each step, and one for its compensation if a run had one."""
    known = [(Direction.DO, counted.steps), (Direction.UNDO, counted.undos)]
    shown = [(direction, tallies, _counts(tallies)) for direction, tallies in known]
    for name, step in saga.steps.items():
        for direction, tallies, counts_of in shown:
            counts, done = counts_of[name], len(tallies[name].took)
            if direction is Direction.DO or counts.text or done:
                first, title = direction is Direction.DO, work_title(step, direction)
                yield {"step": name, "first": first, "title": title, "counts": counts, "done": done}


def _overlay(saga: Saga, counted: DefinitionCounts) -> dict[str, Painted] | None:
    """Return the load of each node of the drawing; ``None``: there is no run yet."""
    return heat(saga, _counts(counted.steps), _counts(counted.undos)) if counted.runs else None


def _counts(tallies: Mapping[str, StepCounts]) -> dict[str, Counts]:
    return {
        name: Counts(running=tally.running, waiting=tally.waiting, failed=tally.failed, p95=tally.p95)
        for name, tally in tallies.items()
    }


def _previous(versions: list[definition_versions.Version], digest: str) -> str:
    """Return the digest of the previous version; for a version that never ran, of the latest that did."""
    digests = [version.digest for version in versions]
    earlier = digests[digests.index(digest) + 1 :] if digest in digests else digests
    return earlier[0] if earlier else ""
