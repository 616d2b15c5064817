"""The page that compares two versions of a definition, in words and as flowcharts."""

import json

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from designer.pages.definitions import saga_of
from sagaflow import access
from sagaflow.core.definition.diff import Difference, Kind, compare
from sagaflow.flowchart.diff_paint import compared
from sagaflow.flowchart.draw import try_draw
from sagaflow.store.lists import definition_versions

__all__ = ["difference"]


@require_safe
@permission_required("sagaflow.view_run", raise_exception=True)
def difference(request: HttpRequest, name: str, old: str, new: str) -> HttpResponse:
    """The page. The old flowchart marks what was removed or changed, the new one what was added or changed."""
    before, after = saga_of(request.user, name, old), saga_of(request.user, name, new)
    differences = compare(before, after)
    numbers = {
        each.digest: each.number for each in definition_versions.versions_of(name, access.visible_runs(request.user))
    }
    context = {
        "saga": after,
        "old": before,
        "new": after,
        "old_number": numbers.get(before.digest),
        "new_number": numbers.get(after.digest),
        "old_picture": try_draw(before, overlay=compared(before, differences), prefix="old-"),
        "new_picture": try_draw(after, overlay=compared(after, differences), prefix="new-"),
        "differences": [_told(each) for each in differences],
        "legend": [kind.value for kind in Kind],
    }
    return render(request, "designer/difference.html", context)


def _told(each: Difference) -> dict[str, object]:
    return {
        "sort": each.element.partition("/")[0],
        "name": each.name,
        "kind": each.kind.value,
        "changes": [
            {"field": change.field, "before": _value(change.before), "after": _value(change.after)}
            for change in each.changes
        ],
    }


def _value(value: object) -> str:
    return "none" if value is None else json.dumps(value, indent=2, ensure_ascii=False)
