"""The page of one run, as a whole and in parts: problems first, then the flowchart, the actions and the history."""

from uuid import UUID

from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html_join
from django.views.decorators.http import require_safe

from designer.pages.run_page import TABS, RunPage
from designer.pages.run_parts import PARTS, part
from sagaflow import access, run_view, store
from sagaflow.store.errors import Broken

__all__ = ["run", "run_parts"]

TAB_TITLES = {name: name.capitalize() for name in TABS} | {"acts": "Operator actions"}


@require_safe
@permission_required("sagaflow.view_run", raise_exception=True)
def run(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """The page. ``?step=`` shows a step next to the flowchart, ``?fold=a,b`` draws segments as one node.

    ``?tab=`` chooses what the drawer shows, ``?about=`` what the panel of the step shows. ``?after=`` chooses the
    window on a long journal (by default its newest entries), ``?scale=`` the scale of the timeline.
    """
    try:
        page = RunPage.of(request, str(run_id))
    except Broken as error:
        return _broken(request, str(run_id), error)
    run = run_view.summary(page.line, page.saga, page.now, sensitive=page.sensitive)
    context = {
        "run": run | {"title": page.saga.title},
        "seq": page.state.seq,
        "parts": {name: part(page, name) for name in PARTS if name not in TABS},
        "shown": page.tab,
        "names_tab": "tab" in page.query,
        "tabs": [_tab(page, name) for name in TABS],
    }
    return render(request, "designer/run.html", context)


def _tab(page: RunPage, name: str) -> dict[str, str]:
    """Return a tab of the drawer. Only the one that is shown has content: the page fetches the others when asked."""
    html = part(page, name) if name == page.tab else ""
    return {"name": name, "title": TAB_TITLES[name], "address": page.address(tab=name), "html": html}


@require_safe
@permission_required("sagaflow.view_run", raise_exception=True)
def run_parts(request: HttpRequest, run_id: UUID, names: str) -> HttpResponse:
    """Return some parts (``status,trouble``) as they are now, each in an element with its ``data-part``."""
    wanted = list(dict.fromkeys(names.split(",")))
    if unknown := [name for name in wanted if name not in PARTS]:
        raise Http404(f"The page of a run has no part '{unknown[0][:64]}'.")
    page = RunPage.of(request, str(run_id))
    html = format_html_join("\n", '<div data-part="{}">{}</div>', ((name, part(page, name)) for name in wanted))
    return HttpResponse(html, headers={"Cache-Control": "no-store", "X-Run-Seq": str(page.state.seq)})


def _broken(request: HttpRequest, run_id: str, error: Broken) -> HttpResponse:
    """The page of a run that cannot be read, from the columns of its row. The error is not shown: it may quote secrets.

    Raises:
        Http404: its definition cannot be loaded, and the user may see runs of some definitions only.
    """
    line = store.run(run_id)
    saga = store.readable_definition(line.digest)
    if saga is None and not access.visible_runs(request.user).includes(line.digest):
        raise Http404(str(store.UnknownRun(run_id)))
    run = run_view.summary(
        line, saga, store.now(), sensitive=access.sensitive_for(request.user, saga) if saga else None
    )
    return render(request, "designer/run_broken.html", {"run": run, "kind": type(error).__name__}, status=500)
