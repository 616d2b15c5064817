"""HTML of values in the admin: links, JSON, times. Every text is escaped; there is no inline script or style."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from sagaflow.core.definition.durations import measured
from sagaflow.core.words.long_values import cut, json_text
from sagaflow.flowchart.appearance import appearance_of

__all__ = [
    "at",
    "EMPTY",
    "Link",
    "badge",
    "code",
    "list_of",
    "live",
    "pretty",
    "row_of",
    "run_link",
    "span",
    "time",
    "unbroken",
    "when",
    "with_runs",
]

EMPTY = SafeString("–")  # noqa: RUF001 - nothing to show
Link = tuple[str, str]
"""Address and text."""
LONG = 20
"""Characters: a longer word may break where it has to."""
SPACES = re.compile(r"(\s+)")
RUN = re.compile(r"\brun ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b")
"""The form in which a message names another run."""


def badge(word: str) -> SafeString:
    """Return the badge of a status or an outcome: glyph, tone and words."""
    if not word:
        return EMPTY
    look = appearance_of(word)
    html = '<span class="sf-badge tone-{}"><span aria-hidden="true">{}</span> {}</span>'
    return format_html(html, look.tone, look.glyph or "·", look.words)


def pretty(value: Any, row: Any, column: str) -> SafeString:
    """Return indented JSON, a text unchanged, or a dash. A long value is cut, with a link to ``column`` of ``row``."""
    if value is None or value == "":
        return EMPTY
    text, note = cut(value if isinstance(value, str) else json_text(value))
    html = format_html('<pre class="sf-json" tabindex="0">{}</pre>', text)
    if not note:
        return html
    address = reverse(f"admin:{row._meta.db_table}_whole", args=[row.pk, column])  # noqa: SLF001 - public, documented
    return format_html('{}<p class="sf-quiet-text">{} <a href="{}">All of it as JSON</a></p>', html, note, address)


def code(text: Any, shown: int | None = None) -> SafeString:
    """Return an ID or a hash, or only its first characters."""
    return format_html('<code title="{}">{}</code>', text, str(text)[:shown]) if text else EMPTY


def row_of(model: str, pk: Any) -> str:
    """Return the address of a row in the admin."""
    return reverse(f"admin:sagaflow_{model}_change", args=[pk])


def list_of(model: str, **by: Any) -> str:
    """Return the address of a filtered list in the admin."""
    return f"{reverse(f'admin:sagaflow_{model}_changelist')}?{urlencode(by)}"


def run_link(run_id: Any, saga: str = "") -> SafeString:
    """Return a link to a run in the admin, with the beginning of its ID and the name of its saga."""
    if run_id is None:
        return EMPTY
    link = format_html('<a href="{}" title="{}"><code>{}</code></a>', row_of("run", run_id), run_id, str(run_id)[:8])
    return format_html('{}<span class="sf-quiet-text">{}</span>', link, saga) if saga else link


def with_runs(text: str) -> SafeString:
    """Return a text in which the ID of each run is a link to the run."""
    parts = RUN.split(str(text))
    linked = format_html_join("", "{}run {}", ((words, run_link(run)) for words, run in zip(parts[::2], parts[1::2])))  # noqa: B905
    return format_html("{}{}", linked, parts[-1])


def unbroken(text: Any) -> SafeString:
    """Return a text of which only the words of more than 20 characters may break, in the style of the report."""
    return format_html_join("", "{}", ((each,) for each in map(_word, SPACES.split(str(text)))))


def _word(word: str) -> SafeString:
    return format_html('<span class="long">{}</span>' if len(word) > LONG else "{}", word)


def live(run_id: Any) -> Link | None:
    """Return the link to the live page of a run, or ``None`` if the pages are not installed."""
    try:
        return reverse("designer:run", args=[run_id]), "Live page"
    except NoReverseMatch:
        return None


def time(at: float | datetime | None) -> SafeString:
    """Return a time in UTC, from seconds since the epoch or from a datetime."""
    if at is None:
        return EMPTY
    moment = at.astimezone(UTC) if isinstance(at, datetime) else datetime.fromtimestamp(at, UTC)
    iso = moment.isoformat(timespec="milliseconds")
    return format_html('<time datetime="{}">{}</time>', iso, when(moment))


def at(column: str, words: str = "") -> Callable[[Any], SafeString]:
    """Return a column with a time in UTC to the millisecond. Django itself would show only minutes."""

    @admin.display(description=words or column.replace("_", " ").removesuffix(" at"), ordering=column)
    def shown(row: Any) -> SafeString:
        return time(getattr(row, column))

    shown.__name__ = f"{column}_shown"
    return shown


def when(moment: datetime) -> str:
    """``2026-01-31 09:30:00.123``, without the fraction where it is a whole second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3].removesuffix(".000")


def span(seconds: float | None) -> str:
    """Return a measured duration; ``None``: it is not known."""
    return "" if seconds is None else measured(seconds)
