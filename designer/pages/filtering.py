"""The filter of the list of runs. It is in the address, so that a user can send a list to a colleague."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from urllib.parse import urlencode

from django.utils import timezone

from sagaflow.access import RunScope
from sagaflow.core.definition.saga import Saga
from sagaflow.core.run.attention import Attention
from sagaflow.core.run.failure import read_failure
from sagaflow.core.run.state import Direction, RunStatus
from sagaflow.store.errors import BadFilter
from sagaflow.store.lists import lookup
from sagaflow.store.lists.lookup import RunFilter
from sagaflow.store.lists.search import attribute

__all__ = ["ANY", "Choices", "Wanted"]

ANY = "any"
LONGEST = 255
SHORTEST_ID = 6
DIGITS = 32
"""The number of hexadecimal digits of a UUID."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The filter in the query of an address. Invalid values are dropped: they never cause an error."""

    find: str = ""
    saga: str = ""
    status: str = ""
    attention: str = ""
    team: str = ""
    version: str = ""
    failure: str = ""
    since: str = ""
    until: str = ""
    cursor: str = ""

    @classmethod
    def of(cls, given: Mapping[str, str]) -> "Wanted":
        """Return the filter in the query of an address."""
        found = {field.name: given.get(field.name, "").strip()[:LONGEST] for field in fields(cls)}
        allowed = {"status": set(RunStatus), "attention": {*Attention, ANY}}
        found |= {name: "" for name, values in allowed.items() if found[name] not in values}
        found |= {name: "" for name in ("since", "until") if _moment(found[name]) is None}
        found |= {name: "" for name, value in found.items() if not value.isprintable() and name != "find"}
        return cls(**found)

    @property
    def filters(self) -> dict[str, str]:
        """The values that filter the list, without the cursor."""
        return {name: value for name, value in self.all.items() if name != "cursor"}

    @property
    def all(self) -> dict[str, str]:
        """All values that are not empty."""
        named = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in named.items() if value}

    @property
    def query(self) -> str:
        """The filters as the query of an address."""
        return urlencode(self.filters)

    @property
    def in_words(self) -> str:
        """The filter in words, such as ``saga order, status parked``; a bulk repair records it."""
        words = {**self.filters}
        if "failure" in words:
            failure = read_failure(words["failure"])
            undo = "the undo of " if failure.direction is Direction.UNDO else ""
            words["failure"] = f"{failure.code} at {undo}{failure.step}"
        return ", ".join(f"{name} {value}" for name, value in words.items()) or "all runs"

    def run_filter(self, scope: RunScope) -> RunFilter:
        """Return the filter for the store, limited to the runs within ``scope``.

        Raises:
            BadFilter: ``find`` is not a search attribute that a run could have.
        """
        by_name = "=" in self.find
        if self.find and not self.find.isprintable():
            message = f"{self.find[:50]!r} cannot be searched for. Use printable characters only."
            raise BadFilter(message, code="bad-search")
        return RunFilter(
            saga=self.saga,
            digest=self.version,
            status=self.status,
            attention={"": None, ANY: "*"}.get(self.attention, self.attention),
            team=self.team,
            failure=self.failure,
            since=_moment(self.since),
            until=_moment(self.until),
            search=dict([attribute(self.find)]) if by_name else {},
            words=() if by_name or not self.find else (self.find,),
            scope=scope,
        )

    def run_named(self, scope: RunScope) -> str | None:
        """Return the ID of the run within ``scope`` if an ID, or the beginning of one, was typed; else ``None``."""
        digits = self.find.lower().replace("-", "")
        if not SHORTEST_ID <= len(digits) <= DIGITS or set(digits) - set("0123456789abcdef"):
            return None
        found = lookup.starting_with(digits, limit=2, scope=scope)
        return found[0] if len(found) == 1 else None


@dataclass(frozen=True, slots=True)
class Choices:
    """The values that the form offers."""

    sagas: tuple[str, ...]
    teams: tuple[str, ...]
    statuses: tuple[str, ...] = tuple(status.value for status in RunStatus)
    reasons: tuple[str, ...] = tuple(reason.value for reason in Attention)

    @classmethod
    def now(cls, wanted: Wanted, sagas: tuple[Saga, ...]) -> "Choices":
        """Return the names in ``sagas`` and those in the address."""
        names = {saga.name for saga in sagas} | ({wanted.saga} - {""})
        teams = {part.team for saga in sagas for part in saga.segments if part.team} | ({wanted.team} - {""})
        return cls(tuple(sorted(names)), tuple(sorted(teams)))


def _moment(text: str) -> datetime | None:
    """Return the time of a form field, such as ``2026-03-01T12:30``, in the zone of the user; else ``None``."""
    try:
        found = datetime.fromisoformat(text)
        return (timezone.make_aware(found) if found.tzinfo is None else found).astimezone(UTC)
    except (ValueError, OverflowError):  # the year 1 in the far east is the year 0 in UTC
        return None
