"""The panel of the tour, which every page has while a user takes it, and its buttons."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from designer.drafts import tour as tours
from designer.pages.design import guarded
from designer.preferences import TOUR, back_of, keep

__all__ = ["tour"]


@require_http_methods(["GET", "POST"])
@never_cache
@guarded
def tour(request: HttpRequest) -> HttpResponse:
    """The panel as a part of a page; POST ``do``: ``skip`` goes to the next step, ``close`` ends the tour."""
    if request.method == "POST":
        tours.skip(request) if request.POST.get("do") == "skip" else tours.end(request)
        answer = redirect(back_of(request).removesuffix("?tour"))
        if request.POST.get("do") == "close":
            keep(answer, TOUR, "over", secure=request.is_secure())
        return answer
    return render(request, "designer/tour_panel.html", {"tour": tours.panel(request)})
