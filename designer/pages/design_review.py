"""The changes of a draft for its review: drawing, text, ends of failures, and runs that keep the old version."""

import json
from collections.abc import Iterable

from designer.canvas.elements import SetField
from designer.canvas.operations import Together
from designer.drafts import outcomes
from designer.drafts.exports import patch_of
from designer.drafts.publishing import base_of
from designer.drafts.state import known_to, problems_of
from designer.pages.versions import grouped
from sagaflow import access, names
from sagaflow.access import User
from sagaflow.core.definition import document as documents
from sagaflow.core.definition.diff import Kind, compare
from sagaflow.core.definition.merge import merged
from sagaflow.core.definition.saga import Saga
from sagaflow.core.json_value import Json
from sagaflow.flowchart.compose import step_title
from sagaflow.flowchart.diff_paint import compared
from sagaflow.flowchart.draw import try_draw
from sagaflow.store.drafts import DraftLine
from sagaflow.store.lists import lookup
from sagaflow.store.lists.lookup import RunFilter

__all__ = ["review_of"]


def review_of(user: User, draft: DraftLine) -> dict[str, Json]:
    """Return what the page of the review shows to ``user``; of a draft with faults, these."""
    faults = documents.problems(draft.document)
    text: dict[str, Json] = {"faults": faults, "patch": patch_of(draft)}
    if faults:
        return text
    after, before = documents.load(draft.document), base_of(draft)
    unknown = [each for _, each in names.unknown([after], known_to(user, after))]
    told = {(each.element, each.message) for each in unknown}
    findings = [each for each in problems_of(user, draft.document) if (each["element"], each["message"]) not in told]
    return (
        text
        | _compared(before, after)
        | {
            "new": after,
            "runs": lookup.count(RunFilter(saga=draft.saga, status="open", scope=access.visible_runs(user)))
            if draft.saga
            else 0,
            "unknown": [(_title(after, each.element), each) for each in unknown],
            "findings": [
                each | {"title": _title(after, each["element"]), "mend": each["mend"] and json.dumps(each["mend"])}
                for each in findings
            ],
            "together": _together([each["mend"] for each in findings]),
        }
    )


def _compared(before: Saga | None, after: Saga) -> dict[str, Json]:
    if before is None:
        return {"new_picture": try_draw(after, prefix="new-")}
    differences, both = compare(before, after), merged(before, after)
    return {
        "old": before,
        "both": try_draw(both, overlay=compared(both, differences), prefix="both-"),
        "differences": list(grouped(differences)),
        "legend": [kind.value for kind in Kind],
        "turns": outcomes.turns(before, after, outcomes.REVIEW),
    }


def _together(mends: Iterable[Json]) -> str:
    """Return the operation that does all of ``mends`` at once as JSON, if there are several that change no order."""
    fields = tuple(mend for mend in mends if mend and mend["kind"] == SetField.kind)
    said = f"Applied {len(fields)} proposals."
    return json.dumps(Together(fields, said).document()) if len(fields) > 1 else ""


def _title(saga: Saga, element: str) -> str:
    """Return the title of the step that a path names; of a segment or an observer, the path."""
    step = saga.steps.get(element.rpartition("/")[2]) if "/steps/" in element else None
    return step_title(step) if step else "Saga" if element == "saga" else element
