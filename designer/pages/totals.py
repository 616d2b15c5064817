"""The numbers of the list of runs: of all that match, and of those with each status. Some are counted up to a limit."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from sagaflow.core.run.state import RunStatus
from sagaflow.core.words.run_query import Query
from sagaflow.store.lists import lookup
from sagaflow.store.lists.lookup import RunFilter
from sagaflow.store.runs.run_line import RunLine

__all__ = ["MOST_COUNTED", "Totals"]

MOST_COUNTED = 1_000
"""Counting stops here if the query searches for text, which no index counts: the page then shows ``1000+``."""


@dataclass(frozen=True, slots=True)
class Totals:
    """The numbers of the runs that match a query."""

    found: int
    """The runs that match, or as many of them as were counted."""
    by_status: Mapping[str, int]
    """Status → the runs that match the query without its status and its attention."""
    is_whole: bool
    """The page lists every run that matches, so that ``found`` is exact."""
    is_limited: bool
    """Counting stopped at ``MOST_COUNTED``."""

    @classmethod
    def of(
        cls,
        query: Query,
        filter_of: Callable[[Query], RunFilter],
        everywhere: Mapping[str, int],
        listed: list[RunLine],
        *,
        is_whole: bool,
    ) -> "Totals":
        """Count what matches a query, and nothing again that is known already.

        ``filter_of``: the filter of a query for the store. ``everywhere``: status → number of all runs that the reader
        may see. ``listed``: the runs of the page, which are all that match if ``is_whole``.
        """
        wide = replace(query, status="", attention="")
        most = MOST_COUNTED if query.words or query.error else None
        if not wide:
            by_status = everywhere
        elif is_whole and wide == query:
            by_status = Counter(line.status for line in listed)
        else:
            by_status = lookup.by_status(filter_of(wide), most=most)
        if is_whole:
            found = len(listed)
        elif query.attention:
            found = lookup.count(filter_of(query), most=most)
        else:
            found = sum(by_status.get(each.value, 0) for each in RunStatus if _is_meant(each, query.status))
        is_limited = most is not None and sum(by_status.values()) >= most
        return cls(max(found, len(listed)), by_status, is_whole, is_limited)

    @classmethod
    def of_nothing(cls, everywhere: Mapping[str, int]) -> "Totals":
        """Return the numbers for a query with a fault, which lists nothing."""
        return cls(0, everywhere, is_whole=True, is_limited=False)

    @property
    def shown(self) -> str:
        """The number of the runs that match, as the page shows it."""
        return str(self.found) if self.is_whole else self._shown(self.found)

    def shown_of(self, status: RunStatus) -> str:
        """Return the number of the runs with this status, as the page shows it."""
        return self._shown(self.by_status.get(status.value, 0))

    def _shown(self, count: int) -> str:
        if not self.is_limited:
            return str(count)
        return f"{count}+" if count else "…"


def _is_meant(status: RunStatus, wanted: str) -> bool:
    return not wanted or status == wanted or (wanted == "open" and not status.ended)
