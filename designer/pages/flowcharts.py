"""The flowchart as a file: of a run as it is now, or of a version of a definition."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from designer.pages.definitions import saga_of
from designer.pages.flowchart_files import FORMATS
from designer.pages.run_page import RunPage
from sagaflow.core.definition.saga import Saga
from sagaflow.core.run.state import RunState
from sagaflow.flowchart.draw import draw_dot, draw_png, draw_svg
from sagaflow.flowchart.layout import LayoutFailed
from sagaflow.flowchart.mermaid import mermaid
from sagaflow.store import subscriptions

__all__ = ["definition_flowchart", "run_flowchart"]

DRAW: Mapping[str, Callable[..., str | bytes]] = {"svg": draw_svg, "png": draw_png, "dot": draw_dot, "mmd": mermaid}


@require_safe
@permission_required("sagaflow.view_run", raise_exception=True)
def run_flowchart(request: HttpRequest, run_id: UUID, form: str) -> HttpResponse:
    """Return the flowchart of a run. ``?fold=`` and ``?direction=`` are those of its page."""
    page = RunPage.of(request, str(run_id))
    look = {"folded": page.folded, "subscribers": page.subscribers, "failing": page.failing_observers}
    if form != "mmd":
        look |= {"direction": page.query.get("direction", "TB")}
    return _file(page.saga, page.state, page.now, form, name=f"{page.saga.name}-{page.run_id[:8]}", look=look)


@require_safe
@permission_required("sagaflow.view_run", raise_exception=True)
def definition_flowchart(request: HttpRequest, name: str, digest: str, form: str) -> HttpResponse:
    """Return the flowchart of a version of a definition."""
    saga = saga_of(request.user, name, digest)
    look = {"subscribers": subscriptions.of(saga.name)}
    return _file(saga, None, 0.0, form, name=f"{saga.name}-{saga.digest[:12]}", look=look)


def _file(
    saga: Saga, state: RunState | None, at: float, form: str, *, name: str, look: Mapping[str, Any]
) -> HttpResponse:
    if form not in FORMATS:
        raise Http404(f"A flowchart has no format '{form[:64]}'; it has {', '.join(FORMATS)}.")
    try:
        drawn: str | bytes = DRAW[form](saga, state, at, **look)
    except LayoutFailed as failure:
        return HttpResponse(f"{failure}\n", status=503, content_type="text/plain; charset=utf-8")
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"', "Cache-Control": "no-store"}
    return HttpResponse(drawn, content_type=FORMATS[form][1], headers=headers)
