"""Which entries of a run's journal its page shows. Every part that reads it shows the same ones, and says so."""

from dataclasses import dataclass

__all__ = ["MOST", "Window"]

MOST = 500
"""Journal entries that the page shows at a time."""


@dataclass(frozen=True, slots=True)
class Window:
    """The entries after the number ``after``, of ``head``."""

    after: int
    head: int

    @classmethod
    def newest(cls, head: int) -> "Window":
        """The latest entries: it goes along with a run that goes on."""
        return cls(max(0, head - MOST), head)

    @classmethod
    def chosen(cls, text: str, head: int) -> "Window":
        """As an address says it; the newest one where it says nothing, or what cannot be."""
        after = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else head  # noqa: PLR2004
        return cls(after, head) if after < head else cls.newest(head)

    @property
    def first(self) -> int:
        """The number of its first entry."""
        return min(self.after + 1, self.head)

    @property
    def last(self) -> int:
        """The number of its last entry."""
        return min(self.after + MOST, self.head)

    @property
    def whole(self) -> bool:
        """Whether it shows all there is."""
        return not self.after and not self.later

    @property
    def earlier(self) -> int | None:
        """Where the window before it begins; ``None``: nothing is before it."""
        return max(0, self.after - MOST) if self.after else None

    @property
    def later(self) -> int | None:
        """Where the window behind it begins; ``None``: nothing is behind it."""
        return self.last if self.last < self.head else None

    def around(self, seq: int) -> int | None:
        """Where a window begins that shows this entry; ``None``: this one does."""
        return None if self.first <= seq <= self.last else max(0, seq - 1 - MOST // 2)
