"""Tags and filters for values: statuses with glyph and words, JSON and durations."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.html import conditional_escape, escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from designer.pages.actions import Offer
from designer.pages.schema_form import Field
from sagaflow.core.codec import decode
from sagaflow.core.definition import durations
from sagaflow.core.definition.saga import Saga
from sagaflow.core.json_value import Json
from sagaflow.core.mask import MASK
from sagaflow.core.run.failure import Failure, legible, read_failure
from sagaflow.core.run.record import reason_of
from sagaflow.core.run.state import Direction, StepError
from sagaflow.core.words import long_values
from sagaflow.core.words.long_values import json_text
from sagaflow.core.words.sentences import had_failed, shortened, without_step
from sagaflow.flowchart.appearance import Status, Tone, appearance_of
from sagaflow.flowchart.compose import step_title

register = template.Library()

MASKED = format_html('<abbr title="{}">{}</abbr>', "masked, because the saga calls this field sensitive", MASK)
MOST_VALUES = 3
"""The number of search values in the heading of a run."""


@register.simple_tag
def badge(word: str) -> SafeString:
    """A status of a run, an outcome or a kind of difference: glyph and words in the colour of its tone."""
    look = appearance_of(word)
    return _badge(look.glyph, look.tone, look.words, title=look.meaning)


UNDO_WORDS = {"compensate": "compensated", "semantic": "semantically undone", "nothing": "nothing to undo"}


@register.simple_tag
def undo_badge(kind: str) -> SafeString:
    """The outcome that the undo of a step will have, by the kind of its compensation."""
    return badge(UNDO_WORDS.get(kind, "irreversible"))


@register.simple_tag
def attention_badge(reason: str) -> SafeString:
    """The reason why a run needs attention, with the sentence in its title."""
    look = appearance_of(reason)
    return _badge(look.glyph, look.tone, look.words, title=look.reason)


@register.simple_tag
def step_badge(status: Status) -> SafeString:
    """The status of a step, as the flowchart shows it."""
    look = appearance_of(status)
    return _badge(look.glyph or "·", look.tone, look.sentence, title=look.meaning)


@register.filter
def title_in(name: str, saga: Saga) -> str:
    """Return the title of a step, or its name if the saga does not have it."""
    return step_title(saga.steps[name]) if name in saga.steps else name


@register.simple_tag
def outcomes_told(steps: list[dict[str, Json]]) -> SafeString:
    """Return a sentence for each outcome in a rollback record that is not plain from its word."""
    words = dict.fromkeys(str(step["outcome"]) for step in steps)
    told = [(word, meaning) for word in words if (meaning := appearance_of(word).meaning)]
    return format_html_join(" ", "<strong>{}</strong>: {}.", told)


@register.filter
def refused(offers: Iterable[Offer]) -> list[Offer]:
    """Return the actions that are not available, each with its reason."""
    return [offer for offer in offers if offer.why_not]


@register.filter
def why(reason: str) -> str:
    """A reason for attention as a sentence without its full stop."""
    return appearance_of(reason).reason


@register.filter
def pretty(value: object) -> str:
    """Return indented JSON."""
    return json_text(value)


@register.simple_tag(takes_context=True)
def data(
    context: dict[str, Any],
    value: object,
    of: str = "",
    most: int = long_values.MOST_SHOWN,
    later: bool = False,  # noqa: FBT001, FBT002 - templates have no keywords for it in an include
) -> str:
    """Return a value of the run as JSON, which the browser shows as a tree. A long one is cut, with a link to the rest.

    ``of``: where the value is, as ``designer.pages.values`` reads it: ``input``, ``entry/5``, ``step/pay/output``.
    ``most``: the number of characters to show. ``later``: a short value, too, is sent when the user opens it.
    An empty value is only shown: there is nothing to search, fold or copy.
    """
    if not value:
        return format_html('<div class="json is-empty"><pre>{}</pre></div>', json_text(value))
    text, note = long_values.cut(json_text(value), most)
    if later and not note:
        html = (
            '<div class="json" data-of="{}" data-later><pre></pre><a href="values/?of={}&amp;whole=1">As JSON</a></div>'
        )
        return format_html(html, of, of)
    text = mark_safe(escape(text).replace("&quot;", '"'))  # noqa: S308 - a quotation mark ends no text, and JSON is full of it
    if not note:
        return format_html('<div class="json" data-of="{}"><pre>{}</pre></div>', of, text)
    link = format_html('<a href="{}">All of it as JSON</a>', _whole(context["page"].run_id, of))
    html = '<div class="json" data-of="{}" data-cut><pre>{}</pre><p class="muted">{} {}</p></div>'
    return format_html(html, of, text, note, link)


def _whole(run_id: str, of: str) -> str:
    """Return the address in the API of what holds the value; where the project leaves the API out, that of a file."""
    kind, _, number = of.partition("/")
    try:
        if kind == "entry":
            return f"{reverse('sagaflow-api:get_journal', args=[run_id])}?after={int(number) - 1}&limit=1"
        return reverse("sagaflow-api:get_run", args=[run_id])
    except NoReverseMatch:
        return f"{reverse('designer:run_value', args=[run_id])}?{urlencode({'of': of, 'whole': 1}, safe='/')}"


@register.filter
def compact(value: object) -> str:
    """Return JSON on one line; text stays as it is."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:59]}…"  # noqa: PLR2004 - what fits a cell


@register.filter
def about(run: Mapping[str, Any]) -> str:
    """Return the search values of a run on one line: the words by which operators know it."""
    values = [compact(value) for value in run["search"].values() if value not in (None, "")]
    return " · ".join(values[:MOST_VALUES])


@register.filter
def span(seconds: float | None) -> str:
    """Return a measured duration; ``None``: there is nothing to show."""
    return "–" if seconds is None else durations.measured(seconds)  # noqa: RUF001


@register.filter
def ago(seconds: float) -> str:
    """Return a rough duration with ``ago``: ``5 minutes ago``."""
    return durations.ago(seconds)


@register.filter
def words(text: str) -> str:
    """``rolled_back`` → ``rolled back``, ``business-error`` → ``business error``."""
    return str(text).replace("_", " ").replace("-", " ")


@register.filter
def told_of(message: str, step: str) -> str:
    """Return the reason of a rollback, without the step that is named next to it."""
    return without_step(str(message), step)


RUN = re.compile(r"\brun ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b")


@register.filter
def with_runs(text: str) -> SafeString:
    """Return a text in which the ID of a run is a link to it."""
    parts = RUN.split(str(text))
    pairs = (
        (before, reverse("designer:run", args=[run]), run[:8])
        for before, run in zip(parts[::2], parts[1::2], strict=False)
    )
    linked = format_html_join("", '{}run <a href="{}"><code>{}</code></a>', pairs)
    return with_masks(format_html("{}{}", linked, parts[-1]))


@register.filter
def with_masks(text: str) -> SafeString:
    """Return a text in which each mask has a title, which says why the value is hidden."""
    return mark_safe(conditional_escape(text).replace(MASK, MASKED))  # noqa: S308 - escaped; no attribute has a mask


@register.filter
def with_code(text: str) -> SafeString:
    """Return a text in which what stands between backticks is code."""
    parts = str(text).split("`")
    if len(parts) % 2 == 0:  # one backtick has no partner: it is a part of the text
        parts[-2:] = ["`".join(parts[-2:])]
    coded = ((format_html("<code>{}</code>", part) if at % 2 else part,) for at, part in enumerate(parts))
    return format_html_join("", "{}", coded)


@register.filter
def why_of(row: dict[str, Json]) -> str:
    """Return the reason for the outcome of a step in a rollback."""
    return reason_of(row)


@register.filter
def cause_of(rollback: dict[str, Json]) -> str:
    """Return the earlier failure, if something else began the rollback; of a rollback or of its record."""
    error = rollback.get("error")
    step = rollback.get("failed_step") or rollback.get("step") or ""
    return had_failed(rollback["code"], step, decode(StepError, error) if error else None)


@register.filter
def failure_words(fingerprint: str) -> str:
    """Return a fingerprint in words: ``refused at take_payment: no money``, ``refused at the undo of take_payment``."""
    failure = read_failure(fingerprint)
    place = f" at {failure_place(failure)}" if failure.step else ""
    return f"{failure.code}{place}{': ' if failure.message else ''}{legible(failure.message)}"


@register.filter
def failure_place(failure: Failure) -> str:
    """``take_payment``, or ``the undo of take_payment``."""
    return f"the undo of {failure.step}" if failure.direction is Direction.UNDO else failure.step


@register.filter
def cut(text: str, longest: int = 160) -> str:
    """Return the beginning of a text, cut at the end of a word, with an ellipsis."""
    return shortened(" ".join(str(text).split()), int(longest))


@register.filter
def unquoted(text: str) -> str:
    """Return a JSON text as a choice shows it: a string without its quotation marks."""
    value = json.loads(text)
    return value if isinstance(value, str) else text


@register.simple_tag
def field_state(field: Field, at: int) -> SafeString:
    """Return the attributes of a form field: required or invalid, its rules, and its description."""
    described = [f"field-{at}-fault-{number}" for number, _ in enumerate(field.faults, start=1)]
    described += [f"field-{at}-help"] if field.help or field.is_hidden else []
    given = {**(field.rules or {}), "aria-describedby": " ".join(described)}
    pairs = [(name, value) for name, value in given.items() if value != ""]
    flags = [("required", field.required), ("aria-invalid", bool(field.faults))]
    pairs += [(name, "true") for name, holds in flags if holds]
    return format_html_join(" ", '{}="{}"', pairs)


def _badge(glyph: str, tone: Tone, words: str, *, title: str = "") -> SafeString:
    hint = format_html(' title="{}"', title) if title else ""
    html = '<span class="badge tone-{}"{}><span aria-hidden="true">{}</span> {}</span>'
    return format_html(html, tone, hint, glyph, words)
