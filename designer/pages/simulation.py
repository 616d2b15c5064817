"""The page that simulates failures of a saga, one at a time. It is computed on request, within a time limit."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from designer.drafts.time_limit import passed
from designer.pages.definitions import saga_of
from designer.pages.folds import Folds
from designer.pages.saga_tabs import head_of
from sagaflow.core.definition.saga import Saga
from sagaflow.core.json_value import Json
from sagaflow.core.simulation.simulate import CUT, HEADER, Halted, Outcome, about_children, grouped, simulate, table
from sagaflow.flowchart.draw import try_draw

__all__ = ["BUDGET", "simulation"]

BUDGET = 1.5
"""The seconds of simulation for one page. The next page has the remaining steps."""
LONGEST = 4 * BUDGET
"""The seconds after which even the first step of a page is given up."""
TOO_LARGE = (
    "This saga is too large to simulate step '{step}' on a page. The command `manage.py sagaflow simulate` has no "
    "limit of time."
)


@require_safe
@permission_required("sagaflow.view_run", raise_exception=True)
def simulation(request: HttpRequest, name: str, digest: str = "") -> HttpResponse:
    """The page. ``?from=<step>`` continues where the previous page ended."""
    saga = saga_of(request.user, name, digest)
    first = request.GET.get("from", "")
    folds = Folds.of(request, saga)
    outcomes, following, refused = _played(saga, first if first in saga.steps else "")
    context = head_of(request.user, saga) | {
        "header": HEADER,
        "rows": _rows(outcomes),
        "first": first,
        "following": following,
        "note": about_children(saga),
        "refused": refused,
        "folds": folds.links,
        "picture": try_draw(saga, folded=folds.folded, interactive=True),
    }
    return render(request, "designer/simulation.html", context)


def _played(saga: Saga, first: str) -> tuple[tuple[Outcome, ...], str, str]:
    """Simulate step by step until the time is up; return the outcomes, the next step, and why there are none."""
    names = list(saga.steps)
    names = names[names.index(first) :] if first else names
    is_over, is_too_long, outcomes = passed(BUDGET), passed(LONGEST), tuple[Outcome, ...]()
    for name in names:
        if outcomes and is_over():
            return outcomes, name, ""
        try:
            outcomes += simulate(saga, steps={name}, halt=is_over, give_up=is_too_long)
        except Halted:
            return outcomes, name if outcomes else "", "" if outcomes else TOO_LARGE.format(step=name)
    return outcomes, "", ""


def _rows(outcomes: tuple[Outcome, ...]) -> list[dict[str, Json]]:
    ends = [group[0] for group in grouped(outcomes)]
    return [
        {
            "outcome": outcome,
            "cells": dict(zip(HEADER, cells, strict=True)),
            "end": sum((one.step, one.case) == (outcome.step, outcome.case) for one in ends[:number]),
            "first": number == 0 or ends[number - 1].step != outcome.step,
            "not_undone": cells[HEADER.index("not undone")],
            "cut": CUT if outcome.cut else "",
            "undone": " ".join(outcome.compensated),
            "kept": " ".join((*outcome.irreversible, *outcome.given_up)),
        }
        for number, (outcome, cells) in enumerate(zip(ends, table(outcomes), strict=True))
    ]
