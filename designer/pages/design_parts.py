"""The parts of the designer's page that scripts ask for: places, forms, the palette, and simulated failures."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from designer.canvas.inspector import inspector
from designer.canvas.places import spots
from designer.drafts import films, reach, tour
from designer.drafts.consequence import consequence_of
from designer.drafts.editing import BadRequest
from designer.drafts.offered import offered
from designer.drafts.state import problems_of
from designer.drafts.time_limit import PLACES, passed
from designer.pages.definitions import saga_of
from designer.pages.design_edits import answering, telling
from designer.pages.folds import Folds
from sagaflow import access, names, registry
from sagaflow.core.definition.document_schema import schema
from sagaflow.core.definition.saga import Saga
from sagaflow.core.json_value import Json

__all__ = [
    "definition_film",
    "design_actions",
    "design_consequence",
    "design_failures",
    "design_film",
    "design_ghost",
    "design_grammar",
    "design_inspector",
    "design_places",
]

LONGEST, LONGEST_NUMBER = 20_000, 10
CHANGES = ("edit", "code", "undo", "redo")
"""The addresses of changes. A text is an edit."""


@require_GET
@answering
def design_places(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Every place for a new step, or with ``?moving=a,b`` for these steps."""
    draft = reach.find(request.user, draft_id)
    moving = request.GET.get("moving", "")
    if len(moving) > LONGEST:
        raise BadRequest("Too many steps to move at once.")
    found = spots(draft.document, filter(None, moving.split(",")), halt=passed(PLACES))
    return JsonResponse([spot.document() for spot in found], safe=False)


@require_GET
@answering
def design_inspector(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """The form of the element ``?element=PATH``."""
    draft = reach.find(request.user, draft_id)
    form = inspector(
        draft.document,
        request.GET.get("element", "saga"),
        problems_of(request.user, draft.document),
        names.seen(access.sagas(request.user, "view_run")),
    )
    return render(request, "designer/design/inspector.html", {"form": form})


@require_GET
@answering
def design_actions(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """The palette."""
    reach.find(request.user, draft_id)
    return render(request, "designer/design/palette.html", {"sections": offered(request.user)})


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


@require_GET
@answering
def design_consequence(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """The consequence line of the change ``?of=`` that led to ``?revision=``, as plain text; often it is empty."""
    draft = reach.find(request.user, draft_id)
    revision, of = request.GET.get("revision", ""), request.GET.get("of", "")
    if not (revision.isascii() and revision.isdigit() and len(revision) < LONGEST_NUMBER) or of not in CHANGES:
        raise BadRequest(f"Give the 'revision' of the last state, and 'of': one of {', '.join(CHANGES)}.")
    line = consequence_of(draft, int(revision), undone=of == "undo")
    return HttpResponse(line, content_type="text/plain; charset=utf-8")


@require_GET
@answering
def design_failures(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Every failure of every step with its worst end: each cell can be played."""
    draft = reach.find(request.user, draft_id)
    grid = films.grid_of(films.playable(draft.document))
    return render(request, "designer/design/failures.html", {"grid": grid})


@require_GET
@answering
def design_film(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """One failure, picture by picture: ``?step=``, ``?case=`` and the number of its ``?end=``."""
    saga = films.playable(reach.find(request.user, draft_id).document)
    return JsonResponse(_film(request, saga, frozenset()))


@require_GET
@answering
def design_ghost(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """The rollback if ``?step=`` fails."""
    draft, step = reach.find(request.user, draft_id), request.GET.get("step", "")
    ghost = films.ghost_of(films.playable(draft.document), step)
    tour.saw_rollback(request, draft, step)
    return JsonResponse(ghost)


@require_GET
@telling("view_run")
def definition_film(request: HttpRequest, name: str, digest: str) -> HttpResponse:
    """As `design_film`, of a version of a saga; ``?fold=`` as on its page."""
    saga = saga_of(request.user, name, digest)
    return JsonResponse(_film(request, saga, Folds.of(request, saga).folded))


def _film(request: HttpRequest, saga: Saga, folded: frozenset[str]) -> dict[str, Json]:
    asked = [request.GET.get(key, "") for key in ("step", "case", "end")]
    return films.film_of(saga, *asked, folded=folded)
