"""The other addresses of a run: its records in the admin, its resource in the API, and the runs it belongs to."""

from dataclasses import dataclass
from typing import Any

from designer.audit import address_of
from designer.pages.run_page import RunPage
from sagaflow import access
from sagaflow.store.lists import family
from sagaflow.store.runs.run_line import RunLine

__all__ = ["Link", "run_children", "run_links"]

MOST_CHILDREN = 20
"""The number of children that the page lists."""


@dataclass(frozen=True, slots=True)
class Link:
    """One address about a run."""

    title: str
    href: str


def run_links(user: Any, run_id: str) -> list[Link]:
    """Return the links that this user may follow. A project may leave out the admin and the API."""
    found = []
    if user.is_staff and user.has_perm("sagaflow.view_run"):
        found.append(("Audit record", address_of("admin:sagaflow_run_change", run_id)))
        found.append(("Audit report", address_of("admin:sagaflow_run_report", run_id)))
    found.append(("API resource", address_of("sagaflow-api:get_run", run_id)))
    return [Link(title, href) for title, href in found if href]


def run_children(page: RunPage) -> tuple[RunLine, ...]:
    """Return the runs that this run started, the newest first and the user may see."""
    scope = access.visible_runs(page.request.user)
    return family.children(page.run_id, limit=MOST_CHILDREN, scope=scope)
