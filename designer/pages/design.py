"""The pages of one draft: the designer, its review, what leaves it, and the versions that were published."""

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from designer.canvas.operations import Refused
from designer.drafts import exports, git, opening, publishing, reach, rebasing, unmasking, write_back
from designer.drafts.reach import NotAllowed
from designer.drafts.state import state_of
from designer.drafts.text import text_of
from designer.pages.design_review import review_of
from sagaflow import access
from sagaflow.core.definition.saga import Saga
from sagaflow.store import drafts, web_sagas
from sagaflow.store.drafts import DraftLine, UnknownDraft

__all__ = [
    "design_as",
    "design_discard",
    "design_open",
    "design_page",
    "design_publish",
    "design_rebase",
    "design_restore",
    "design_review",
    "design_versions",
    "design_write",
    "guarded",
]


def guarded(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Return the view for users who may edit drafts. A draft that the user may not see does not exist."""

    @wraps(view)
    def guarded_view(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except UnknownDraft as gone:
            raise Http404(str(gone)) from gone
        except NotAllowed as refusal:
            raise PermissionDenied(str(refusal)) from refusal

    permissions = ("sagaflow.view_run", "sagaflow.design_saga")
    return permission_required(permissions, raise_exception=True)(guarded_view)


@require_POST
@guarded
def design_open(request: HttpRequest, name: str) -> HttpResponse:
    """Open the user's draft of a registered saga, or begin one."""
    saga = next((saga for saga in access.sagas(request.user, "view_run") if saga.name == name), None)
    if saga is None:
        raise Http404(f"There is no saga '{name}'; see the list of sagas.")
    try:
        draft = opening.open_registered(request.user, saga)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("designer:design_list")
    return redirect("designer:design_page", draft.id)


@require_safe
@never_cache
@guarded
def design_page(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """The page of one draft. The address of one that was published or discarded leads to its saga, if it has one."""
    try:
        draft = reach.find(request.user, draft_id)
    except UnknownDraft:
        name = drafts.name_of_closed(draft_id)
        if name not in {saga.name for saga in access.sagas(request.user, "view_run")}:
            raise
        messages.info(request, "The draft at this address was published or discarded. This is its saga.")
        return redirect("designer:definition", name)
    state = state_of(request.user, draft)
    source = _source(draft)
    context = {
        **source,
        "written_in": "" if source["path"] else publishing.written_in(draft.name),
        "draft": draft,
        "state": state,
        "text": text_of(draft),
        "may_not_publish": reach.why_not(request.user, "publish_saga", draft),
    }
    return render(request, "designer/design/page.html", context)


@require_POST
@guarded
def design_discard(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Close a draft without publishing it."""
    draft = reach.find(request.user, draft_id)
    if request.POST.get("confirmed") != "yes":
        return redirect("designer:design_page", draft.id)
    drafts.close(draft.id, request.user.get_username())
    messages.success(request, f"Discarded the draft of '{draft.name or 'a saga'}'.")
    return redirect("designer:design_list")


@require_safe
@never_cache
@guarded
def design_as(request: HttpRequest, draft_id: UUID, kind: str) -> HttpResponse:
    """A draft as a file: ``yaml``, ``json``, ``python``, or a ``patch`` that `git apply` takes."""
    if kind not in exports.FORMS:
        raise Http404(f"A draft is given as {', '.join(exports.FORMS)}.")
    draft = reach.find(request.user, draft_id)
    try:
        text = exports.text_as(draft, kind)
    except Refused as refused:
        return _review(request, draft, error=str(refused))
    name = f"{slugify(draft.name) or 'saga'}.{exports.FORMS[kind]}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers=headers)


@require_safe
@never_cache
@guarded
def design_review(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """The page that compares a draft with the saga that it was opened from, before it is published."""
    draft = reach.find(request.user, draft_id)
    return _review(request, draft)


@require_POST
@guarded
def design_publish(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Publish a draft with ``note``; a draft that cannot be published is shown again with the reason."""
    draft = reach.find(request.user, draft_id)
    note = request.POST.get("note", "").strip()
    try:
        version = publishing.publish(request.user, draft.id, note)
    except Refused as refused:
        return _review(request, draft, error=str(refused), note=note)
    messages.success(request, f"Published version {version.number} of '{version.saga}'. New runs use it.")
    return redirect("designer:definition", version.saga)


@require_POST
@guarded
def design_rebase(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Apply the changes of a draft to its saga as it is written now; ``leave_out``: without those that do not fit."""
    draft = reach.find(request.user, draft_id)
    try:
        lost = rebasing.rebase(request.user, draft.id, leave_out=request.POST.get("leave_out") == "yes")
    except Refused as refused:
        return _review(request, draft, error=str(refused), misfit=True)
    left_out = f" Left out: {' '.join(lost)}" if lost else ""
    messages.success(request, f"Applied the changes to the newest '{draft.saga}'.{left_out}")
    return redirect("designer:design_review", draft.id)


@require_POST
@guarded
def design_write(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Write a draft into the file of its saga, in development."""
    draft = reach.find(request.user, draft_id)
    try:
        path = write_back.write(request.user, draft.id)
    except Refused as refused:
        return _review(request, draft, error=str(refused))
    messages.success(request, f"Wrote '{path.name}'. New runs of this process use it; others use it after a restart.")
    return redirect("designer:definition", draft.saga)


@require_safe
@guarded
def design_versions(request: HttpRequest, name: str) -> HttpResponse:
    """The versions of a saga that were published on the web, each with its note."""
    return _versions(request, name)


@require_POST
@guarded
def design_restore(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """Publish an earlier version once more."""
    _seen(request, name)
    try:
        version = publishing.restore(request.user, name, number)
    except Refused as refused:
        return _versions(request, name, error=str(refused))
    messages.success(request, f"Published version {version.number} of '{name}', which is version {number} again.")
    return redirect("designer:design_versions", name)


def _seen(request: HttpRequest, name: str) -> Saga:
    saga = next((saga for saga in access.sagas(request.user, "view_run") if saga.name == name), None)
    if saga is None or not web_sagas.newest_version(name):
        raise Http404(f"No version of a saga '{name}' was published here; see the list of sagas.")
    return saga


def _versions(request: HttpRequest, name: str, *, error: str = "") -> HttpResponse:
    saga, versions = _seen(request, name), web_sagas.versions(name)
    context = {
        "saga": saga,
        "versions": [
            version for version in versions if not reach.why_not_over(request.user, "view_run", name, version.document)
        ],
        "newest": versions[0].number,
        "error": error,
        "may_not_publish": access.why_not(request.user, "publish_saga", saga),
    }
    return render(request, "designer/design/versions.html", context, status=409 if error else 200)


def _review(
    request: HttpRequest, draft: DraftLine, *, error: str = "", note: str = "", misfit: bool = False
) -> HttpResponse:
    lost = rebasing.misfits(draft) if rebasing.is_stale(draft) else ()
    context = {
        "draft": draft,
        **review_of(request.user, draft),
        "error": error,
        "note": note,
        **_source(draft),
        "misfit": misfit or bool(lost),
        "lost": lost,
        "why_not_write": write_back.why_not_write(draft),
        "why_not": publishing.why_not_publish(draft),
        "may_not_publish": reach.why_not(request.user, "publish_saga", draft)
        or unmasking.why_not(request.user, draft.document),
    }
    return render(request, "designer/design/review.html", context, status=409 if error else 200)


def _source(draft: DraftLine) -> dict[str, object]:
    """Return where the saga of a draft is written, and whether it has changed since the draft was opened."""
    path = exports.file_of(draft)
    return {
        "path": path.name if path else "",
        "head": git.head_of(path) if path else None,
        "stale": rebasing.is_stale(draft),
    }
