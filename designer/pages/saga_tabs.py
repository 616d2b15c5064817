"""The heading and the tabs that the pages of one saga share, and the word for its styles."""

from typing import Any

from sagaflow import access
from sagaflow.core.definition.saga import Saga
from sagaflow.store.lists import definition_versions, saga_counts
from sagaflow.store.lists.saga_counts import SagaCounts

__all__ = ["TABS", "head_of", "registered", "styles_of"]

TABS = ("overview", "versions")
"""The values of ``?tab=`` of the page of a saga. The first one is shown if the address names none."""


def styles_of(saga: Saga) -> str:
    """Return the style of all segments, or ``mixed``."""
    styles = {segment.style.value for segment in saga.segments}
    return styles.pop() if len(styles) == 1 else "mixed"


def registered(user: access.User, name: str) -> Saga | None:
    """Return the current version of a saga that ``user`` may see."""
    return next((saga for saga in access.sagas(user, "view_run") if saga.name == name), None)


def head_of(user: access.User, saga: Saga) -> dict[str, Any]:
    """Return what the template `saga/head.html` needs for a version of a saga."""
    newest, scope = registered(user, saga.name), access.visible_runs(user)
    return {
        "saga": saga,
        "styles": styles_of(saga),
        "newest": newest,
        "is_newest": newest is not None and newest.digest == saga.digest,
        "versions": definition_versions.versions_of(saga.name, scope),
        "counts": saga_counts.by_saga(scope, saga=saga.name).get(saga.name, SagaCounts()),
        "may_not_design": access.why_not(user, "design_saga", saga),
        "may_not_start": access.why_not(user, "start_run", saga),
    }
