"""Tags for times and addresses. Times are in the zone of the user; until it is known they are, and say, UTC."""

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode

from django import template
from django.template import Context
from django.urls import get_script_prefix, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from designer.templatetags.pages import span

register = template.Library()


@register.filter
def moment(at: datetime | float | str | None) -> SafeString:
    """Return a time (aware, seconds since the epoch, or ISO 8601) as a ``<time>`` element."""
    then = _read(at)
    if then is None:
        return SafeString("–")  # noqa: RUF001 - nothing to show
    return _element(then, _local(then, "%Y-%m-%d %H:%M:%S"), live="moment")


@register.filter
def clock(at: datetime | float | str | None) -> SafeString:
    """Return a time without its date as a ``<time>`` element."""
    then = _read(at)
    if then is None:
        return SafeString("–")  # noqa: RUF001 - nothing to show
    return _element(then, _local(then, "%H:%M:%S"), live="clock")


@register.filter
def near(at: datetime | float | str | None) -> SafeString:
    """Return a time near now as a ``<time>`` element; the browser omits the date if it is today."""
    then = _read(at)
    if then is None:
        return SafeString("–")  # noqa: RUF001 - nothing to show
    return _element(then, _local(then, "%Y-%m-%d %H:%M:%S"), live="near")


@register.simple_tag
def under_site(address: str) -> str:
    """Return an address under the prefix of the site that has no view: a socket, or the start page."""
    return get_script_prefix() + address


@register.filter
def with_step(query: Mapping[str, str], step: str) -> str:
    """Return the address of the same page with another step next to the flowchart."""
    return "?" + urlencode({**query, "step": step}, safe=",")


@register.filter
def with_after(query: Mapping[str, str], seq: int) -> str:
    """Return the address of the same page with another window on the journal."""
    return "?" + urlencode({**query, "after": seq}, safe=",")


@register.filter
def newest(query: Mapping[str, str]) -> str:
    """Return the address of the same page with the latest entries."""
    return "?" + urlencode({name: value for name, value in query.items() if name != "after"}, safe=",")


@register.filter
def with_changes(query: Mapping[str, str], changes: str) -> str:
    """Return the address of the same page with another view: ``about=attempts``."""
    return "?" + urlencode({**query, **dict(parse_qsl(changes))}, safe=",")


@register.simple_tag(takes_context=True)
def entry_link(context: Context, seq: int, text: str = "", among: str = "") -> SafeString:
    """Return the number of a journal entry as a link to the entry, in this window or in one that has it.

    ``among="journal"``: the link stands among the entries. One that is shown there needs no address of the page.
    """
    after = context["window"].around(seq)
    if after is None and among:
        return format_html('<a href="#entry-{}" data-view="entry">{}</a>', seq, text or seq)
    changes = {"tab": "journal"} if after is None else {"tab": "journal", "after": after}
    address = urlencode({**context["query"], **changes}, safe=",")
    return format_html('<a href="?{}#entry-{}" data-view="entry">{}</a>', address, seq, text or seq)


@register.simple_tag
def run_link(run_id: str) -> SafeString:
    """Return the short ID of a run as a link to it."""
    return format_html('<a href="{}"><code>{}</code></a>', reverse("designer:run", args=[run_id]), str(run_id)[:8])


@register.filter
def iso(at: datetime | float | str | None) -> str:
    """Return a time as ISO 8601 in UTC; empty if there is none."""
    then = _read(at)
    return "" if then is None else _iso(then)


@register.simple_tag
def after(seconds: float, at: datetime | float | str | None) -> SafeString:
    """Return the duration since the start of the run, with the time in the title."""
    then = _read(at)
    return SafeString("–") if then is None else _element(then, span(seconds), live="title")  # noqa: RUF001


def _read(at: datetime | float | str | None) -> datetime | None:
    match at:
        case None | "":
            return None
        case datetime():
            return at.astimezone(UTC)
        case str():
            return datetime.fromisoformat(at).astimezone(UTC)
        case _:
            return datetime.fromtimestamp(at, UTC)


def _local(then: datetime, form: str) -> str:
    """Return the time in the zone of the user, which the top bar names; else in UTC, which the text names."""
    zone = timezone.get_current_timezone()
    if zone is timezone.get_default_timezone():
        return f"{then.strftime(form)} UTC"
    return then.astimezone(zone).strftime(form)


def _element(then: datetime, text: str, *, live: str) -> SafeString:
    text_of_machines = _iso(then)
    html = '<time datetime="{}" title="{}" data-time="{}">{}</time>'
    return format_html(html, text_of_machines, text_of_machines, live, text)


def _iso(then: datetime) -> str:
    return then.isoformat(timespec="milliseconds").replace("+00:00", "Z")
