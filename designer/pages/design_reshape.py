"""The forms for what one gesture cannot say: extract steps into a sub-saga, put one here, find and replace."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from designer.canvas.draft import Draft
from designer.canvas.groups import InlineSaga, extracted
from designer.canvas.inspector.labels import LABELS
from designer.canvas.operations import Refused, apply
from designer.canvas.texts import Found, ReplaceText, found
from designer.drafts import editing, reach, reshaping
from designer.drafts.opening import BadName
from designer.pages.design import guarded
from sagaflow import access
from sagaflow.access import User
from sagaflow.core.definition import document as documents
from sagaflow.core.json_value import Json
from sagaflow.flowchart.draw import try_draw
from sagaflow.flowchart.words import humanize
from sagaflow.store.drafts import DraftLine

__all__ = ["design_extract", "design_inline", "design_replace"]

HEADINGS = {
    "extract": "Extract into a sub-saga",
    "inline": "Put the steps of a sub-saga here",
    "replace": "Find and replace",
}
LONGEST_TEXT = 500
AROUND = 60
"""Characters of a long text that are shown on either side of what was found."""
MOST_STEPS = 200
SHOWN = 100
"""Places that the form for find and replace lists."""


@require_http_methods(["GET", "POST"])
@never_cache
@guarded
def design_extract(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Extract the steps ``?step=`` into a new saga ``saga``, which the step ``name`` starts."""
    draft = reach.find(request.user, draft_id)
    steps = tuple(request.GET.getlist("step")[:MOST_STEPS])
    saga = request.POST.get("saga", "").strip() or reshaping.free_saga_name(draft, _names(request.user))
    name = request.POST.get("name", "").strip()

    def extract() -> str:
        child = reshaping.extract(request.user, draft_id, steps, saga, name or saga)
        words = f"{len(steps)} step{'' if len(steps) == 1 else 's'} into '{child.name}'"
        return f"Extracted {words}, which has a draft of its own now. Publish that one first."

    def shown() -> dict[str, object]:
        picture = _picture(extracted(draft.document, steps, "saga"))
        titles = _titles(draft, steps)
        return {"steps": titles, "saga": saga, "name": name, "picture": picture, "picture_title": "The new saga"}

    return _form(request, "extract", draft, extract, shown)


@require_http_methods(["GET", "POST"])
@never_cache
@guarded
def design_inline(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Put the steps of the saga that ``?step=`` starts in its place."""
    draft, step = reach.find(request.user, draft_id), request.GET.get("step", "")

    def inline() -> str:
        reshaping.inline(request.user, draft_id, step)
        return f"The steps of the sub-saga are in the place of '{step}' now."

    def shown() -> dict[str, object]:
        child = reshaping.saga_in(request.user, draft, step)
        picture = _picture(apply(draft.document, InlineSaga(step, child)).document)
        names = sorted(Draft.reading(child).names())
        return {
            "step": step,
            "child": child,
            "steps": names,
            "picture": picture,
            "picture_title": "The draft afterwards",
        }

    return _form(request, "inline", draft, inline, shown)


@require_http_methods(["GET", "POST"])
@never_cache
@guarded
def design_replace(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Find ``find``, and replace it by ``replace`` in every place that the form lists."""
    draft = reach.find(request.user, draft_id)
    given = request.POST if request.method == "POST" else request.GET
    find, new = (given.get(key, "")[:LONGEST_TEXT] for key in ("find", "replace"))

    def replace() -> str:
        return editing.edit(request.user, draft_id, ReplaceText(find, new).document()).sentence

    def shown() -> dict[str, object]:
        places = found(draft.document, find)
        lines = [(_place(each), old := _excerpt(each.text, find), old.replace(find, new)) for each in places[:SHOWN]]
        return {"find": find, "replace": new, "lines": lines, "count": len(places)}

    return _form(request, "replace", draft, replace, shown)


def _form(
    request: HttpRequest,
    name: str,
    draft: DraftLine,
    act: Callable[[], str],
    shown: Callable[[], dict[str, object]],
) -> HttpResponse:
    """Do what a form was sent for and go back to the draft, or return its page: with the reason if it was refused.

    ``act`` returns the sentence about what it did; ``shown`` what the page shows, or raises why that is not possible.
    """
    context: dict[str, object] = {"draft": draft, "heading": HEADINGS[name], "error": ""}
    if request.method == "POST":
        try:
            messages.success(request, act())
        except (BadName, Refused) as refused:
            context["error"] = str(refused)
        else:
            return redirect("designer:design_page", draft.id)
    try:
        context |= shown()
    except Refused as refused:
        context["why_not"] = str(refused)
    return render(request, f"designer/design/{name}.html", context, status=409 if context["error"] else 200)


def _picture(document: dict[str, Json]) -> object:
    """Return the drawing of a document; ``None``: it has faults."""
    return None if documents.problems(document) else try_draw(documents.load(document), prefix="after-")


def _titles(draft: DraftLine, steps: tuple[str, ...]) -> list[str]:
    """Return the title of each step that the draft has, or its name."""
    titles = {step["name"]: step.get("title") or step["name"] for _, step in Draft.reading(draft.document).steps()}
    return [titles[step] for step in steps if step in titles]


def _names(user: User) -> frozenset[str]:
    """Return the names of the sagas and drafts that the user sees."""
    names = {saga.name for saga in access.sagas(user, "view_run")}
    return frozenset(names | {draft.name for draft in reach.listed(user)})


def _excerpt(text: str, find: str) -> str:
    """Return a text, or what is around the first place of ``find`` in a long one: replacing makes a text longer."""
    start = max(0, text.index(find) - AROUND)
    end = start + len(find) + 2 * AROUND
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"


def _place(one: Found) -> tuple[str, str]:
    """Return the name of an element, and what of it a text is."""
    return one.element.rpartition("/")[2], LABELS.get(one.field, humanize(one.field))
