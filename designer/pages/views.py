"""Saved views of the list of runs: save the list that is shown, rename a view, delete it. It works without scripts."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from designer.pages.filtering import ListAddress
from sagaflow.core.errors import Refused
from sagaflow.store import saved_views
from sagaflow.store.saved_views import LONGEST_NAME, ViewLine

__all__ = ["address_of", "view", "views"]


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@permission_required("sagaflow.view_run", raise_exception=True)
def views(request: HttpRequest) -> HttpResponse:
    """The page of the saved views. A POST saves the list of ``q``, ``sort`` and ``columns`` as ``name``."""
    if request.method != "POST":
        return _page(request)
    wanted, group = ListAddress.of(request.POST), request.POST.get("group", "")
    name = saved_views.tidied(request.POST.get("name", ""))
    error = " ".join(fault.message for fault in wanted.faults)
    replaced = False
    if not error:
        try:
            replaced = saved_views.save(
                request.user,
                name,
                group=group,
                query=wanted.query.text,
                sort=wanted.sort.text,
                columns=wanted.columns,
            )
        except Refused as refused:
            error = str(refused)
    if error:
        return _page(request, status=422, unsaved=wanted, name=name, group=group, error=error)
    whose = f" of {group}" if group else ""
    messages.success(request, f"{'Replaced' if replaced else 'Saved'} the view “{name}”{whose}.")
    return redirect(_list(wanted.address))


@require_POST
@permission_required("sagaflow.view_run", raise_exception=True)
def view(request: HttpRequest, view_id: int) -> HttpResponse:
    """Rename a view by ``name``, or delete it by ``delete``."""
    try:
        if "delete" in request.POST:
            messages.success(request, f"Deleted the view “{saved_views.delete(request.user, view_id)}”.")
        else:
            name = saved_views.tidied(request.POST.get("name", ""))
            former = saved_views.rename(request.user, view_id, name)
            messages.success(request, f"Renamed the view “{former}” to “{name}”.")
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("designer:views")


def address_of(line: ViewLine) -> str:
    """Return the address of the list that a view shows."""
    named = {"q": line.query, "sort": line.sort, "columns": line.columns}
    return _list(urlencode({name: value for name, value in named.items() if value}))


def _list(query: str) -> str:
    return reverse("designer:home") + (query and f"?{query}")


def _page(request: HttpRequest, status: int = 200, **unsaved: Any) -> HttpResponse:
    lines = [{"view": line, "address": address_of(line)} for line in saved_views.views_of(request.user)]
    context = {"views": lines, "groups": saved_views.groups_of(request.user), "longest": LONGEST_NAME} | unsaved
    return render(request, "designer/views.html", context, status=status)
