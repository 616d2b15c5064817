"""The columns of the list of runs: those of the list itself, and one for each search attribute that a user chooses."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from sagaflow.store.lists.sort import COLUMNS as SORTED

__all__ = ["CHOICES", "MOST_ATTRIBUTES", "Columns"]

CHOICES = {
    "saga": "Saga",
    "about": "Search attributes",
    "at": "Step and error",
    "started": "Started",
    "updated": "Updated",
    "ended": "Ended",
    "took": "Duration",
}
"""The columns that can be left out, in the order of the list. The status and the ID of the run always stand there."""
DEFAULT = ("saga", "about", "at", *SORTED)
MOST_ATTRIBUTES = 8
LONGEST_ATTRIBUTE = 64
ATTRIBUTE = "="
"""Marks the name of a search attribute in the text of columns: ``saga,at,=customer``."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a list."""

    named: tuple[str, ...] = DEFAULT
    attributes: tuple[str, ...] = ()
    """Names of search attributes with a column of their own."""

    @classmethod
    def of(cls, chosen: Iterable[str], attributes: Iterable[str]) -> Self:
        """Return the columns among ``chosen`` that exist, in the order of the list, and those of the attributes."""
        wanted = set(chosen)
        stripped = (name.strip()[:LONGEST_ATTRIBUTE] for name in attributes)
        printable = dict.fromkeys(name for name in stripped if name and name.isprintable() and "," not in name)
        return cls(tuple(name for name in CHOICES if name in wanted), tuple(printable)[:MOST_ATTRIBUTES])

    @classmethod
    def read(cls, text: str) -> Self:
        """Read ``saga,at,=customer``; an empty text is the default."""
        if not text:
            return cls()
        names = text.split(",")
        attributes = (name.removeprefix(ATTRIBUTE) for name in names if name.startswith(ATTRIBUTE))
        return cls.of(names, attributes)

    @property
    def text(self) -> str:
        """The columns as ``read`` reads them; empty: the default."""
        if self.is_default:
            return ""
        return ",".join([*self.named, *(ATTRIBUTE + name for name in self.attributes)]) or ATTRIBUTE

    @property
    def is_default(self) -> bool:
        """True if the user chose nothing: then a narrow page leaves out the last columns."""
        return self == Columns()
