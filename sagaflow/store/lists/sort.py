"""The order of a list of runs: by one of three times, and by the ID between equal times."""

from dataclasses import dataclass
from typing import Any, Self

__all__ = ["NEWEST", "Sort"]

COLUMNS = {"started": "created_at", "updated": "updated_at", "ended": "ended_at"}
OLDEST = "-oldest"


@dataclass(frozen=True, slots=True)
class Sort:
    """An order. By ``ended``, a list has only runs that ended."""

    by: str = "started"
    oldest_first: bool = False

    @classmethod
    def read(cls, text: str) -> Self:
        """Read ``updated`` or ``updated-oldest``; any other text is the newest first."""
        by = text.removesuffix(OLDEST)
        return cls(by, text.endswith(OLDEST)) if by in COLUMNS else cls()

    @property
    def text(self) -> str:
        """The order as ``read`` reads it; empty: the newest first."""
        return "" if self == NEWEST else self.by + OLDEST * self.oldest_first

    @property
    def column(self) -> str:
        """The column of a run that decides."""
        return COLUMNS[self.by]

    def order(self, time: str, key: str) -> tuple[str, str]:
        """Return the terms of ``order_by`` for the columns of the time and the ID."""
        sign = "" if self.oldest_first else "-"
        return sign + time, sign + key

    def key(self, run: Any) -> tuple[Any, Any]:
        """Return what the order compares."""
        return getattr(run, self.column), run.pk


NEWEST = Sort()
