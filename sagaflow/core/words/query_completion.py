"""The completion of a query while it is typed. Filters and their closed values are those that the language declares.

The names of sagas, steps, teams and search attributes come from the caller, who knows what the user may see.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from sagaflow.core.words.run_query import ALLOWED, FILTERS, PLAIN_VALUE, parse, quoted, terms, unquoted

__all__ = ["Completion", "Option", "complete"]

MOST = 20
"""The number of options of one answer."""
TIMES = {"15m": "last 15 minutes", "1h": "last hour", "24h": "last 24 hours", "7d": "last 7 days"}
SHORTEST_VALUE = 2
"""The number of characters of a word from which values of filters are offered for it."""


@dataclass(frozen=True, slots=True)
class Option:
    """A text that can stand in place of the term, and what it means."""

    text: str
    about: str


@dataclass(frozen=True, slots=True)
class Completion:
    """The options for the term at the caret."""

    start: int
    end: int
    """The place of the term: its first character, and the one after its last."""
    options: tuple[Option, ...]


def complete(
    text: str,
    caret: int,
    known: Mapping[str, dict[str, str]],
    attributes: Iterable[str],
    values_of: Callable[[str, str], Iterable[str]],
) -> Completion:
    """Return what can stand at the caret.

    Args:
        text: the query so far.
        caret: the number of characters before the caret.
        known: filter → value → what it means, for filters whose values the language does not declare.
        attributes: the names of search attributes.
        values_of: returns the values of a search attribute that begin with a text.
    """
    start, end = _place(text, caret)
    typed = text[start:caret]
    name, sign, value = typed.partition(":")
    values = {filter_: dict.fromkeys(allowed, "") for filter_, allowed in ALLOWED.items()}
    values |= {"since": TIMES, "until": TIMES, **known}
    if sign and name in FILTERS:
        options = _values(name, value.removeprefix('"'), values.get(name, {}))
    elif attribute := _attribute(typed):
        options = _attribute_values(*attribute, values_of)
    elif sign or "=" in typed or typed.startswith('"'):
        options = iter(())
    else:
        rest, _ = parse(f"{text[:start]} {text[end:]}")
        free = [each for each in FILTERS if each not in rest.filters]
        options = _names(typed, free, attributes, values)
    return Completion(start, end, tuple(option for option, _ in zip(options, range(MOST), strict=False)))


def _place(text: str, caret: int) -> tuple[int, int]:
    for term in terms(text):
        if term.start() <= caret <= term.end():
            return term.span()
    return caret, caret


def _attribute(typed: str) -> tuple[str, str] | None:
    """Return the name of a search attribute and what is typed of its value; ``None``: the term is something else."""
    term = next(terms(typed), None)
    if term is None or term["name"] is None:
        return None
    return unquoted(term["name"]), (term["value"] or "").strip('"')


def _attribute_values(name: str, beginning: str, values_of: Callable[[str, str], Iterable[str]]) -> Iterator[Option]:
    for value in values_of(name, beginning):
        yield Option(f"{quoted(name)}={quoted(value, PLAIN_VALUE)} ", "value of a run")


def _names(
    typed: str, free: list[str], attributes: Iterable[str], values: Mapping[str, Mapping[str, str]]
) -> Iterator[Option]:
    prefix = typed.casefold()
    yield from (Option(f"{name}:", FILTERS[name]) for name in free if name.startswith(prefix))
    for name in sorted(set(attributes)):
        if name.casefold().startswith(prefix):
            yield Option(f"{quoted(name)}=", "search attribute")
    if len(typed) >= SHORTEST_VALUE:
        for name in free:
            yield from _values(name, typed, values.get(name, {}))


def _values(name: str, typed: str, values: Mapping[str, str]) -> Iterator[Option]:
    """Yield the values that hold what was typed; those that begin with it come first."""
    part = typed.casefold()
    hits = [value for value in values if part in value.casefold() or part in values[value].casefold()]
    for value in sorted(hits, key=lambda value: not value.casefold().startswith(part)):
        yield Option(f"{name}:{quoted(value, PLAIN_VALUE)} ", values[value] or FILTERS[name])
