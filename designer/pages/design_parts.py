"""The parts of the designer's page that scripts ask for: places to drop on, the form of an element, the palette."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from designer.canvas.inspector import inspector
from designer.canvas.palette import declared_undos, palette, undo_of
from designer.canvas.places import spots
from designer.drafts import reach
from designer.drafts.editing import BadRequest
from designer.drafts.state import problems_of
from designer.pages.design_edits import answering
from sagaflow import access, names, registry
from sagaflow.core.definition.document_schema import schema

__all__ = ["design_actions", "design_grammar", "design_inspector", "design_places"]

LONGEST = 20_000


@require_GET
@answering
def design_places(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Every place for a new step, or with ``?moving=a,b`` for these steps."""
    draft = reach.find(request.user, draft_id)
    moving = request.GET.get("moving", "")
    if len(moving) > LONGEST:
        raise BadRequest("Too many steps to move at once.")
    found = spots(draft.document, filter(None, moving.split(",")))
    return JsonResponse([spot.document() for spot in found], safe=False)


@require_GET
@answering
def design_inspector(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """The form of the element ``?element=PATH``."""
    draft = reach.find(request.user, draft_id)
    form = inspector(
        draft.document,
        request.GET.get("element", "saga"),
        problems_of(draft.document),
        names.seen(access.sagas(request.user, "view_run")),
    )
    return render(request, "designer/design/inspector.html", {"form": form})


@require_GET
@answering
def design_actions(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """The palette."""
    reach.find(request.user, draft_id)
    sagas = access.sagas(request.user, "view_run")
    actions = {action.name: (getattr(action.does, "__doc__", "") or "") for action in registry.actions()}
    declared = declared_undos(sagas) | {action.name: action.undo for action in registry.actions() if action.undo}
    undos = {name: undo for name in actions if (undo := undo_of(name, actions, declared))}
    titles = {action.name: action.title for action in registry.actions() if action.title}
    sections = palette(actions, undos, sorted(saga.name for saga in sagas), titles=titles)
    return render(request, "designer/design/palette.html", {"sections": sections})


@require_GET
@answering
def design_grammar(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Return what the text can say, for an editor: the schema of a definition, and the names that exist here."""
    reach.find(request.user, draft_id)
    return JsonResponse(
        {
            "schema": schema(),
            "actions": {action.name: action.title for action in registry.actions()},
            "sagas": sorted(saga.name for saga in access.sagas(request.user, "view_run")),
        }
    )
