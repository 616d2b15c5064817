"""The list of runs that an address asks for: the query, the order and the page, so that a colleague can be sent it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone

from designer.pages.columns import Columns
from sagaflow.core.run.failure import read_failure
from sagaflow.core.run.state import Direction
from sagaflow.core.words.run_query import ALLOWED, Fault, Query, moment, parse, quoted
from sagaflow.store.lists import lookup, text
from sagaflow.store.lists.lookup import RunFilter
from sagaflow.store.lists.query_filter import filter_of
from sagaflow.store.lists.scopes import RunScope
from sagaflow.store.lists.sort import NEWEST, Sort

__all__ = ["ListAddress"]

EVERY = Query()
LONGEST = 255
SHORTEST_ID = 6
"""The number of characters of a run ID that redirect to the run, if only one begins with them."""
FORMER = ("saga", "status", "attention", "team", "version", "failure", "since", "until")
"""Filters that had parameters of their own in addresses. They are still read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListAddress:
    """The query of an address: ``?q=…&sort=…&columns=…&cursor=…``."""

    typed: str = ""
    """The query as it stands in the search field."""
    query: Query = EVERY
    faults: tuple[Fault, ...] = ()
    sort: Sort = NEWEST
    columns: str = ""
    """The columns of a saved view, as text; empty: those that the reader chose."""
    cursor: str = ""

    @classmethod
    def of(cls, given: Mapping[str, str]) -> "ListAddress":
        """Read an address. Of a filter in a parameter of its own, an invalid value is left out."""
        typed = " ".join([given.get("q", "").strip(), *_former(given)]).strip()
        query, faults = parse(typed)
        sort = Sort.read(given.get("sort", ""))
        columns = Columns.read(given.get("columns", "")).text
        cursor = given.get("cursor", "").strip()[:LONGEST]
        return cls(typed=typed, query=query, faults=faults, sort=sort, columns=columns, cursor=cursor)

    @property
    def address(self) -> str:
        """The list without its page, as the query of an address; empty: all runs."""
        return urlencode(self.parameters)

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters of ``address``."""
        named = {"q": self.query.text, "sort": self.sort.text, "columns": self.columns}
        return {name: value for name, value in named.items() if value}

    @property
    def in_words(self) -> str:
        """The query in words, such as ``saga order, status parked``; a bulk repair records it."""
        words = dict(self.query.filters)
        if "failure" in words:
            failure = read_failure(words["failure"])
            undo = "the undo of " if failure.direction is Direction.UNDO else ""
            words["failure"] = f"{failure.code} at {undo}{failure.step}"
        terms = [f"{name} {value}" for name, value in words.items()]
        terms += [f"{name}={value}" for name, value in self.query.search]
        return ", ".join([*terms, *map(quoted, self.query.words)]) or "all runs"

    def with_terms(self, **filters: Any) -> str:
        """Return the address of the same list with other values of some filters."""
        return "?" + urlencode(replace(self, query=replace(self.query, **filters)).parameters)

    def sorted_by(self, by: str) -> str:
        """Return the address of the same list in the order of a time: the newest first, or the oldest if it is that."""
        turned = self.sort.by == by and not self.sort.oldest_first
        return "?" + urlencode(replace(self, sort=Sort(by, turned)).parameters)

    def run_filter(self, scope: RunScope, now: datetime) -> RunFilter:
        """Return the filter for the store, limited to the runs within ``scope``. Times are in the zone of the user.

        Raises:
            BadFilter: the query contradicts itself.
        """
        return filter_of(self.query, now=now, scope=scope, zone=timezone.get_current_timezone())

    def is_limited(self) -> bool:
        """Say whether the texts of the query were searched for in the newest runs only."""
        texts = [*self.query.words, *filter(None, [self.query.error])]
        return bool(texts) and text.is_limited(texts)

    def run_named(self, scope: RunScope) -> str | None:
        """Return the ID of the run within ``scope`` if only the beginning of an ID was typed; else ``None``."""
        words = self.query.words
        if len(words) != 1 or self.query != Query(words=words) or len(words[0]) < SHORTEST_ID:
            return None
        found = lookup.starting_with(words[0], limit=2, scope=scope)
        return found[0] if len(found) == 1 else None


def _former(given: Mapping[str, str]) -> list[str]:
    """Return the terms for the parameters of older addresses: ``?saga=order&status=stuck&find=customer=ada``."""
    values = {name: given.get(name, "").strip()[:LONGEST] for name in (*FORMER, "find")}
    find = values.pop("find")
    terms = [f"{name}:{quoted(value)}" for name, value in values.items() if value and _is_valid(name, value)]
    if find:
        name, sign, value = find.partition("=")
        terms.append(f"{quoted(name) if name else ''}={quoted(value)}" if sign else quoted(find))
    return terms


def _is_valid(name: str, value: str) -> bool:
    if name in ("since", "until"):
        return moment(value, datetime.now(UTC)) is not None
    allowed = ALLOWED.get(name)
    return value.isprintable() and (allowed is None or value.replace(" ", "_") in allowed)
