"""The frame of all pages: the places that the user may go to, with what needs attention, and the icons."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import template
from django.conf import settings
from django.template import Context
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from designer.drafts.tour import Panel, panel
from designer.preferences import theme_of, zone_of
from sagaflow import access
from sagaflow.store.lists import live_columns

register = template.Library()

MOST = 100
"""Counting what needs attention stops here: the badge then shows ``99+``."""
RUNS = ("home", "run", "repair", "repairs", "bulk", "bulk_new", "views", "view")
INBOX = ("approvals", "request")
DESIGN = (
    "design_list",
    "design_new",
    "design_page",
    "design_review",
    "design_publish",
    "design_extract",
    "design_inline",
    "design_replace",
)
SAGAS = (
    "definitions",
    "definition",
    "version",
    "design_versions",
    "difference",
    "simulation",
    "simulation_of",
    "start",
)

ICONS: Mapping[str, str] = {
    "runs": "M4 6h9M4 12h7M4 18h9M16 8.5l5 3.5-5 3.5z",
    "sagas": "M9 5a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0zM20 12a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0z"
    "M9 19a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0zM6.5 7.5v9M6.5 8c0 3 3 4 8.5 4",
    "design": "M4 20l1-4.500L16.500 4.500a1.800 1.800 0 0 1 2.600 0l.4.4a1.800 1.800 0 0 1 0 2.600L8 19zM14 7l3 3",
    "failures": "M12 4 2.8 19.5h18.4zM12 10v4.5M12 17v.2",
    "approvals": "M4 5h16v11h-9l-4 3.5V16H4zM8.500 10.500l2.500 2.500L15.500 8.500",
    "reminder": "M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15zM10 20.5h4M12 3v2",
    "admin": "M12 3 5 5.5v6c0 4.5 2.8 7.6 7 9.5 4.2-1.9 7-5 7-9.5v-6zM9 12l2.2 2.2L15.2 10",
    "search": "M17 10.5a6.5 6.5 0 1 1-13 0 6.5 6.5 0 0 1 13 0zM15.2 15.2 20 20",
    "theme": "M20.5 12a8.5 8.5 0 1 1-17 0 8.5 8.5 0 0 1 17 0zM12 3.5v17M12 7.5h6.9M12 12h8.4M12 16.5h6.9",
    "zone": "M20.5 12a8.5 8.5 0 1 1-17 0 8.5 8.5 0 0 1 17 0zM12 7v5.3l3.4 2",
    "account": "M16 8a4 4 0 1 1-8 0 4 4 0 0 1 8 0zM4.5 20.5c.8-4 3.6-6 7.5-6s6.700 2 7.500 6",
}
"""The paths of each icon, in a box of 24 by 24."""


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the rail."""

    icon: str
    title: str
    href: str
    is_current: bool = False
    count: int = 0
    """The number of runs that need attention, or of approvals that wait for the user, at most ``MOST``."""
    reminded: int = 0
    """The number of those approvals of which the user was reminded."""

    @property
    def badge(self) -> str:
        """The number as the badge shows it; empty: none."""
        return _short(self.count)

    @property
    def reminders(self) -> str:
        """The number of reminders as the top bar shows it; empty: none."""
        return _short(self.reminded)


def _short(count: int) -> str:
    return f"{MOST - 1}+" if count >= MOST else str(count or "")


@dataclass(frozen=True, slots=True)
class Frame:
    """The parts around a page."""

    places: tuple[Place, ...]
    """The entries of the rail that this user can use."""
    theme: str
    zone: str
    """The name of the zone of the times; empty while it is not known."""
    chose_zone: bool
    hints_at_password: bool
    """The login page says where the first password was printed."""

    @property
    def may_search(self) -> bool:
        """True if the command palette has anything to find for this user."""
        return any(place.icon == "runs" for place in self.places)

    @property
    def inbox(self) -> Place | None:
        """The place of the approvals, if this user may decide about any."""
        return next((place for place in self.places if place.icon == "approvals"), None)


@register.simple_tag(takes_context=True)
def frame(context: Context) -> Frame:
    """Return the frame for the user of the request."""
    request = context.get("request")
    theme = theme_of(request) if request else ""
    zone, chosen = zone_of(request) if request else ("", False)
    return Frame(
        _places(request) if request else (), theme, zone, chosen, getattr(settings, "LOGIN_HINT", settings.DEBUG)
    )


@register.simple_tag(takes_context=True)
def tour(context: Context) -> Panel | None:
    """Return what the tour says, if the user takes it."""
    request = context.get("request")
    return panel(request) if request else None


@register.simple_tag
def icon(name: str) -> SafeString:
    """Return an icon, which is hidden from screen readers: words stand next to it."""
    shape = '<svg class="icon" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true"><path d="{}"/></svg>'
    return format_html(shape, ICONS[name])


def _places(request: Any) -> tuple[Place, ...]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return ()
    name = request.resolver_match.url_name if request.resolver_match else ""
    found = []
    if user.has_perm("sagaflow.view_run"):
        count = live_columns.needing_attention(access.visible_runs(user), most=MOST)
        found += [
            Place("runs", "Runs", reverse("designer:home"), name in RUNS, count),
            Place("sagas", "Sagas", reverse("designer:definitions"), name in SAGAS),
            Place("failures", "Failures", reverse("designer:failures"), name == "failures"),
        ]
        if user.has_perm("sagaflow.approve_step") or access.can_be_second(user):
            waiting = access.waiting(user, MOST)
            address = reverse("designer:approvals")
            found.append(Place("approvals", "Approvals", address, name in INBOX, *waiting))
        if user.has_perm("sagaflow.design_saga"):
            found.append(Place("design", "Design", reverse("designer:design_list"), name in DESIGN))
    if user.is_staff and (admin := _admin()):
        found.append(Place("admin", "Admin", admin))
    return tuple(found)


def _admin() -> str:
    try:
        return reverse("admin:index")
    except NoReverseMatch:  # the project leaves the admin out
        return ""
