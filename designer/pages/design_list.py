"""The first page of the designer: the list of drafts, what can be opened, and the form for a new saga."""

import re
from collections.abc import Iterator
from unicodedata import normalize

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from designer.canvas.operations import Refused
from designer.drafts import opening, reach, samples, tour
from designer.drafts.lines import BadLine, from_lines
from designer.drafts.offered import by_name, offered
from designer.pages.design import guarded
from designer.preferences import TOUR, keep
from sagaflow import access, registry
from sagaflow.access import User
from sagaflow.core.definition import document as documents
from sagaflow.core.definition.fields import NAME
from sagaflow.core.definition.saga import Saga
from sagaflow.core.json_value import Json
from sagaflow.flowchart.draw import try_draw
from sagaflow.store import web_sagas

__all__ = ["design_list", "design_new"]

EMPTY = "empty"
"""The template of a saga without steps."""
LONGEST = 64
"""Characters of a name."""


@require_safe
@guarded
def design_list(request: HttpRequest) -> HttpResponse:
    """The page with the open drafts, the sagas that can be opened, own ones first, and the form for a new one."""
    return _list(request)


@require_POST
@guarded
def design_new(request: HttpRequest) -> HttpResponse:
    """Begin a saga with ``name`` as a copy of ``template``: one of the samples, `EMPTY`, else ``steps``, one a line.

    A ``name`` that only a title can have becomes the title, and the name is made from it. ``tour``: begin the tour.
    """
    name, steps = request.POST.get("name", "").strip(), request.POST.get("steps", "")
    sample = request.POST.get("template", "")
    try:
        draft = opening.open_new(request.user, _begun(request.user, sample, name, steps))
    except (opening.BadName, BadLine, Refused) as error:
        return _list(request, error=error, name=name, steps=steps, sample=sample)
    if "tour" in request.POST:
        tour.begin(request, draft)
    return redirect("designer:design_page", draft.id)


def _twice(sagas: tuple[Saga, ...]) -> list[tuple[str, str]]:
    """Return the sagas that are written in code or in a file and were published on the web too, with their place."""
    published = web_sagas.names()
    sources = [(saga.name, registry.source_of(saga.name)) for saga in sagas if saga.name in published]
    return [(name, str(source)) for name, source in sources if not source.web]


def _begun(user: User, sample: str, title: str, steps: str) -> dict[str, Json]:
    """Return the document that a new saga begins as."""
    name = title if NAME.fullmatch(title) else _named(title)
    if sample in samples.SAMPLES:
        begun = samples.document_of(sample, name)
    else:
        begun = from_lines(name, "" if sample == EMPTY else steps, by_name(offered(user)))
    own = {key: value for key, value in begun.items() if key != "title"}  # that of a sample belongs to another saga
    return own if name == title else {"name": name, "title": title, **own}


def _named(title: str) -> str:
    """Return the name of a saga with this title: ``Travel booking`` becomes ``travel-booking``.

    A title that has no letter for it is returned as it is, and refused like a name.
    """
    plain = normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"^[^a-z]+|-+$", "", re.sub(r"[^a-z0-9_-]+", "-", plain)[:LONGEST]) or title


def _templates() -> Iterator[dict[str, Json]]:
    """Yield what the page says of each sample, with its drawing, and whether code is missing that performs it."""
    written = {action.name for action in registry.actions()}
    for name, sample in samples.SAMPLES.items():
        saga = documents.load(samples.document_of(name, name))
        planned = any(step.does.calls and step.does.calls not in written for step in saga.steps.values())
        yield {"name": name, "sample": sample, "picture": try_draw(saga, prefix=f"{name}-"), "planned": planned}


def _list(
    request: HttpRequest, *, error: Exception | None = None, name: str = "", steps: str = "", sample: str = ""
) -> HttpResponse:
    context = {
        "drafts": reach.listed(request.user),
        "sagas": sorted(
            sagas := access.sagas(request.user, "design_saga"), key=lambda saga: not registry.source_of(saga.name).web
        ),
        "twice": _twice(tuple(sagas)),
        "error": error,
        "bad_line": isinstance(error, BadLine),
        "name": name,
        "steps": steps,
        "templates": list(_templates()),
        "sample": sample,
        "tour_name": tour.free_name(request.user),
        "tour_sample": tour.SAMPLE,
        "is_offered": "tour" in request.GET or not (tour.is_done(request) or request.COOKIES.get(TOUR)),
    }
    answer = render(request, "designer/design/list.html", context, status=400 if error else 200)
    if tour.is_done(request):
        keep(answer, TOUR, "over", secure=request.is_secure())
    return answer
