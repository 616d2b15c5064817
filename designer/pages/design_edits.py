"""The changes of a draft that the page sends: each answers with the new state as JSON, or with a reason.

400: the request cannot be read; 403: no session or no permission; 404: the draft is gone; 409: refused; 503: it
would take too long.
"""

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from designer.canvas.operations import Refused
from designer.drafts import editing, reach
from designer.drafts.editing import BadRequest, Done
from designer.drafts.reach import NotAllowed
from designer.drafts.state import state_of
from designer.drafts.text import code_of, text_of
from designer.drafts.time_limit import OutOfTime, limited
from sagaflow import access, conf
from sagaflow.core import payload
from sagaflow.core.errors import InvalidPayload
from sagaflow.core.json_value import Json
from sagaflow.encoding import parse_payload
from sagaflow.store.drafts import UnknownDraft

__all__ = ["design_code", "design_edit", "design_redo", "design_state", "design_undo"]

View = Callable[..., HttpResponse]
NO_SESSION = "Your session has ended. Log in again in another tab; what you did is kept here until then."


STATUSES: dict[type[Exception], int] = {
    BadRequest: 400,
    InvalidPayload: 400,
    NotAllowed: 403,
    UnknownDraft: 404,
    Http404: 404,
    Refused: 409,
    OutOfTime: 503,
}


def _status_of(error: Exception) -> int:
    return next(status for kind, status in STATUSES.items() if isinstance(error, kind))


def telling(*permissions: str) -> Callable[[View], View]:
    """Return a decorator of views for users with these permissions, whose errors become JSON."""

    def decorated(view: View) -> View:
        @wraps(view)
        def telling_view(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            if not request.user.is_authenticated:
                return told(403, NO_SESSION)
            for permission in permissions:
                if why := access.why_not(request.user, permission):
                    return told(403, why)
            try:
                with limited():
                    return view(request, *args, **kwargs)
            except tuple(STATUSES) as error:
                return told(_status_of(error), str(error), getattr(error, "element", ""))

        return login_not_required(never_cache(telling_view))  # the view itself tells a stranger to log in

    return decorated


answering = telling("view_run", "design_saga")
"""Decorates the views of a draft."""


@require_GET
@answering
def design_state(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """The state of a draft, with a sentence about who changed it, for a page that shows an older one."""
    draft = reach.find(request.user, draft_id)
    return JsonResponse(state_of(request.user, draft, Done(editing.elsewhere(request.user, draft))))


@require_POST
@answering
def design_edit(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Apply ``{"operation", "revision", "id"}``. The same ``id`` sent again changes nothing.

    The form of a review has the ``operation`` alone, and is redirected.
    """
    if request.content_type != "application/json":
        try:
            done = editing.edit(request.user, draft_id, parse_payload(request.POST.get("operation", "")))
            messages.success(request, done.sentence)
        except Refused as refused:
            messages.error(request, str(refused))
        return redirect("designer:design_review", draft_id)
    sent = _sent(request)
    key = sent.get("id", "")
    if "operation" not in sent or not isinstance(key, str):
        raise BadRequest("An edit has an 'operation', and perhaps an 'id', which is text.")
    return _state(request, draft_id, editing.edit(request.user, draft_id, sent["operation"], key=key))


@require_POST
@answering
def design_undo(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Take back the newest edit of ``{"revision"}``."""
    return _state(request, draft_id, editing.undo(request.user, draft_id, _revision(_sent(request))))


@require_POST
@answering
def design_redo(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Bring back the edit of ``{"revision"}`` that was undone last."""
    return _state(request, draft_id, editing.redo(request.user, draft_id, _revision(_sent(request))))


@require_http_methods(["GET", "POST"])
@answering
def design_code(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """The text of a draft; POST ``{"text", "revision"}`` replaces the document. A form is redirected.

    ``?as=json``: the text with its revision and the lines of each element, for an editor.
    """
    if request.method == "GET":
        draft = reach.find(request.user, draft_id)
        if request.GET.get("as") == "json":
            return JsonResponse(code_of(draft))
        return HttpResponse(text_of(draft), content_type="text/plain; charset=utf-8")
    if request.content_type == "application/json":
        sent = _sent(request)
        if not isinstance(sent.get("text"), str):
            raise BadRequest("The text is missing; send it as 'text'.")
        return _state(request, draft_id, editing.replace(request.user, draft_id, sent["text"], _revision(sent)))
    return _form(request, draft_id)


def _form(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Take the form of the page, which works without scripts; a refused text is shown again with the reason."""
    text, revision = request.POST.get("text", "").replace("\r\n", "\n"), request.POST.get("revision", "")
    if not revision.isascii() or not revision.isdigit():
        raise BadRequest("The revision is missing; open the page again.")
    draft = reach.find(request.user, draft_id)
    try:
        editing.replace(request.user, draft_id, text, int(revision[:9]))
    except (InvalidPayload, Refused) as error:
        context = {"draft": draft, "state": state_of(request.user, draft), "text": text, "text_fault": str(error)}
        return render(request, "designer/design/page.html", context, status=409)
    return redirect("designer:design_page", draft.id)


def _state(request: HttpRequest, draft_id: UUID, done: Done | None = None) -> JsonResponse:
    return JsonResponse(state_of(request.user, reach.find(request.user, draft_id), done))


def told(status: int, message: str, element: str = "") -> JsonResponse:
    """Return the answer that says why there is no other."""
    return JsonResponse({"error": {"message": message, "element": element}}, status=status)


def _sent(request: HttpRequest) -> dict[str, Json]:
    limit = 2 * conf.current().draft_limit
    sent = payload.parse(request.body, what="The request", limit=limit)
    if not isinstance(sent, dict):
        raise BadRequest("The request is not a JSON object.")
    return sent


def _revision(sent: dict[str, Json]) -> int:
    revision = sent.get("revision")
    if not isinstance(revision, int) or isinstance(revision, bool):
        raise BadRequest("The 'revision' is missing; it is the number from the last state.")
    return revision
