"""The language in which users ask for runs: ``saga:order status:stuck since:24h customer=ada "no money"``.

A term is a filter (``name:value``), a search attribute (``name=value``) or text. Quotes keep a value with blanks
together. All terms must hold. Pages, the API and saved views read this language, and nothing else does.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta, tzinfo
from difflib import get_close_matches
from typing import Any

from sagaflow.core.run.attention import Attention
from sagaflow.core.run.state import Direction, RunStatus

__all__ = [
    "ALLOWED",
    "FILTERS",
    "LONGEST",
    "PLAIN_VALUE",
    "Fault",
    "Query",
    "moment",
    "parse",
    "quoted",
    "terms",
    "unquoted",
]

LONGEST = 1_000
"""Characters of a query."""
MOST_TERMS = 30
"""The most terms of a query: each is a condition of one statement of the database."""
FILTERS = {
    "saga": "name of the saga",
    "key": "key of the run, such as an order number",
    "status": "status of the run",
    "attention": "reason why it needs attention",
    "step": "step that it stands at",
    "error": "text within the code or message of its error",
    "direction": "do or undo: what stands at that step",
    "team": "owner of a segment",
    "since": "started in the last 15m, 24h or 7d, or since a date",
    "until": "started before a time",
    "version": "digest of the definition",
    "failure": "fingerprint of the failure",
}
"""The filters, each with what it means."""
ALLOWED = {
    "status": ("open", *(status.value for status in RunStatus)),
    "attention": ("needed", "any", *(reason.value.replace(" ", "_") for reason in Attention)),
    "direction": tuple(direction.value for direction in Direction),
}
"""The values that a filter can have."""
TERM = re.compile(
    r"""(?: (?P<filter> [^\s:="]+ ) :
          | (?P<name> [^\s:="]+ | "(?:[^"\\]|\\.)*" ) (?: = | \s+=\s+ ) )?
        (?P<value> "(?:[^"\\]|\\.)*"? | [^\s"]\S* )?""",
    re.VERBOSE,
)
DURATION = re.compile(r"(\d{1,5})([mhdw])")
UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
PLAIN = re.compile(r'[^\s:="\\]+')
PLAIN_VALUE = re.compile(r'[^\s"\\][^\s\\]*')


@dataclass(frozen=True, slots=True)
class Fault:
    """A term that cannot be read."""

    start: int
    end: int
    """The place of the term in the text: its first character, and the one after its last."""
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A query that was read. An empty field does not filter."""

    saga: str = ""
    key: str = ""
    status: str = ""
    attention: str = ""
    step: str = ""
    error: str = ""
    direction: str = ""
    team: str = ""
    since: str = ""
    until: str = ""
    version: str = ""
    failure: str = ""
    search: tuple[tuple[str, str], ...] = ()
    """Name and value of each search attribute."""
    words: tuple[str, ...] = ()

    @property
    def filters(self) -> dict[str, str]:
        """The filters that are not empty, by name."""
        return {name: value for name in FILTERS if (value := getattr(self, name))}

    @property
    def text(self) -> str:
        """The query in its shortest form; ``parse`` reads it as this query."""
        terms = [f"{name}:{quoted(value, PLAIN_VALUE)}" for name, value in self.filters.items()]
        terms += [f"{quoted(name)}={quoted(value, PLAIN_VALUE)}" for name, value in self.search]
        return " ".join(terms + [quoted(word) for word in self.words])

    def __bool__(self) -> bool:
        """Say whether anything filters."""
        return any(getattr(self, field.name) for field in fields(self))


def parse(text: str) -> tuple[Query, tuple[Fault, ...]]:
    """Return the query, without the terms that cannot be read, and what is wrong with those."""
    query, faults = Query(), []
    if len(text) > LONGEST:
        faults.append(Fault(LONGEST, len(text), f"The query has {len(text)} characters. The limit is {LONGEST}."))
    for number, term in enumerate(terms(text[:LONGEST])):
        if number >= MOST_TERMS:
            why = f"The query has more than {MOST_TERMS} terms. Use fewer, or put words that belong together in quotes."
            faults.append(Fault(term.start(), len(text), why))
            break
        try:
            query = _with(query, term)
        except ValueError as error:
            faults.append(Fault(term.start(), term.end(), str(error)))
    return query, tuple(faults)


def quoted(value: str, plain: re.Pattern[str] = PLAIN) -> str:
    """Return a value as it stands in a query: in quotes if it needs them."""
    if plain.fullmatch(value):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def moment(text: str, now: datetime, zone: tzinfo = UTC) -> datetime | None:
    """Return the time that ``24h`` (before ``now``) or ``2026-03-01T12:30`` (in ``zone``) means; ``None``: no time."""
    try:
        if duration := DURATION.fullmatch(text):
            return now - timedelta(**{UNITS[duration[2]]: int(duration[1])})
        found = datetime.fromisoformat(text)
        return (found.replace(tzinfo=zone) if found.tzinfo is None else found).astimezone(UTC)
    except (ValueError, OverflowError):  # the year 1 in the far east is the year 0 in UTC
        return None


def terms(text: str) -> Iterator[re.Match[str]]:
    """Yield the terms of a query, each with its place."""
    return (term for term in TERM.finditer(text) if term[0])


def _with(query: Query, term: re.Match[str]) -> Query:
    """Return the query with one more term.

    Raises:
        ValueError: the term cannot be read.
    """
    if not term[0].isprintable():
        raise ValueError(f"{term[0][:50]!r} cannot be searched for. Use printable characters only.")
    value = unquoted(term["value"] or "")
    if term["filter"] is not None:
        return _filtered(query, term["filter"], value)
    if term["name"] is not None:
        if not value:
            raise ValueError(f"Enter a value after `{term['name']}=`, for example {term['name']}=C-9.")
        return replace(query, search=(*query.search, (unquoted(term["name"]), value)))
    if term[0].startswith("="):
        raise ValueError(f"`{value}` has no name in front of it. Write for example customer=C-9.")
    return replace(query, words=(*query.words, value)) if value else query


def _filtered(query: Query, name: str, value: str) -> Query:
    if name not in FILTERS:
        known = ", ".join(FILTERS)
        raise ValueError(
            f"There is no filter `{name}`.{_near(name, FILTERS)} The filters are {known}. "
            "To search for this text, put it in quotes."
        )
    if not value:
        raise ValueError(f"Enter a value after `{name}:` ({FILTERS[name]}).")
    if getattr(query, name):
        raise ValueError(f"`{name}` is there already, as {name}:{quoted(getattr(query, name), PLAIN_VALUE)}. Keep one.")
    allowed = ALLOWED.get(name)
    value = value.replace(" ", "_") if allowed else value
    if allowed and value not in allowed:
        raise ValueError(f"`{name}` cannot be `{value}`.{_near(value, allowed)} It can be {', '.join(allowed)}.")
    if name in ("since", "until") and moment(value, datetime.max.replace(tzinfo=UTC)) is None:
        raise ValueError(
            f"`{name}` must be a duration such as 15m, 24h or 7d, or a date such as 2026-03-01 or 2026-03-01T12:30. "
            f"Got `{value}`."
        )
    term: dict[str, Any] = {name: value}
    return replace(query, **term)


def unquoted(value: str) -> str:
    """Return what ``quoted`` made a text of.

    Raises:
        ValueError: a closing quotation mark is missing.
    """
    if not value.startswith('"'):
        return value
    if not re.fullmatch(r'"(?:[^"\\]|\\.)*"', value, re.DOTALL):
        raise ValueError("A closing quotation mark is missing.")
    return re.sub(r"\\(.)", r"\1", value[1:-1], flags=re.DOTALL)


def _near(word: str, known: Iterable[str]) -> str:
    close = next(iter(get_close_matches(word.lower(), list(known), cutoff=0.5)), "")
    return f" Did you mean `{close}`?" if close else ""
