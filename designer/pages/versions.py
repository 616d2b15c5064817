"""The page that compares two versions of a definition, in words and as flowcharts."""

import json
from collections.abc import Iterator
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from designer.pages.definitions import saga_of
from designer.pages.folds import Folds
from sagaflow import access
from sagaflow.core.definition.diff import Change, Difference, Kind, compare
from sagaflow.core.definition.durations import MINUTE, duration
from sagaflow.core.definition.saga import Saga
from sagaflow.flowchart.diff_paint import compared
from sagaflow.flowchart.draw import try_draw
from sagaflow.store.lists import definition_versions

__all__ = ["difference", "grouped"]

SECONDS = ("deadline", "timeout", "timer", "remind_after", "delay", "max_delay", "total")
"""The fields of a definition that are seconds."""
GROUPS = ("retry", "after_rollback")
"""The fields that have such fields inside."""


@require_safe
@permission_required("sagaflow.view_run", raise_exception=True)
def difference(request: HttpRequest, name: str, old: str, new: str) -> HttpResponse:
    """The page. The old flowchart marks what was removed or changed, the new one what was added or changed."""
    before, after = saga_of(request.user, name, old), saga_of(request.user, name, new)
    differences = compare(before, after)
    folds = Folds.of(request, before, after, unfolded=_touched(differences, before, after))
    look: dict[str, Any] = {"folded": folds.folded, "interactive": True}
    numbers = {
        each.digest: each.number for each in definition_versions.versions_of(name, access.visible_runs(request.user))
    }
    context = {
        "saga": after,
        "old": before,
        "new": after,
        "old_number": numbers.get(before.digest),
        "new_number": numbers.get(after.digest),
        "old_picture": try_draw(before, overlay=compared(before, differences), prefix="old-", **look),
        "new_picture": try_draw(after, overlay=compared(after, differences), prefix="new-", **look),
        "differences": list(grouped(differences)),
        "folds": folds.links,
        "legend": [kind.value for kind in Kind],
    }
    return render(request, "designer/difference.html", context)


def _touched(differences: tuple[Difference, ...], *sagas: Saga) -> set[str]:
    """Return the segments that differ, or that have a step that does."""
    names = {each.element for each in differences}
    return {
        segment.name
        for saga in sagas
        for segment in saga.segments
        if names & {f"segment/{segment.name}", *(f"step/{step.name}" for step in segment.steps)}
    }


def grouped(differences: tuple[Difference, ...]) -> Iterator[dict[str, object]]:
    """Yield one entry for the elements of a sort that differ in the same way: ten equal changes are said once."""
    groups: dict[tuple[str, ...], list[Difference]] = {}
    for each in differences:
        sort = each.element.partition("/")[0]
        changes = [_told(change) for change in each.changes]
        groups.setdefault((sort, each.kind.value, json.dumps(changes)), []).append(each)
    for (sort, kind, _), alike in groups.items():
        yield {
            "sort": sort,
            "kind": kind,
            "alike": alike,
            "elements": " ".join(each.element for each in alike),
            "changes": [
                dict(zip(("field", "before", "after"), _told(change), strict=True)) for change in alike[0].changes
            ],
        }


def _told(change: Change) -> tuple[str, str, str]:
    return change.field, _value(change.field, change.before), _value(change.field, change.after)


def _value(field: str, value: object) -> str:
    if value is None:
        return "none"
    told = _with_units(field, value)
    return told if field in SECONDS and isinstance(told, str) else json.dumps(told, indent=2, ensure_ascii=False)


def _with_units(field: str, value: object) -> object:
    """Return a value with its seconds in words: ``86400`` → ``86400 s (1 d)``."""
    if isinstance(value, dict) and field in GROUPS:
        return {key: _with_units(key, inner) for key, inner in value.items()}
    if field not in SECONDS or not isinstance(value, int | float):
        return value
    return f"{value} s" + (f" ({duration(value)})" if value >= MINUTE else "")
