"""The journal entries that the page of a run shows. Every part of the page shows the same window and says so."""

from dataclasses import dataclass

__all__ = ["MOST", "Window"]

MOST = 200
"""The number of journal entries in one window."""


@dataclass(frozen=True, slots=True)
class Window:
    """The entries after the number ``after``; ``head`` is the number of the latest entry."""

    after: int
    head: int

    @classmethod
    def newest(cls, head: int) -> "Window":
        """Return the window of the latest entries, which follows the run."""
        return cls(max(0, head - MOST), head)

    @classmethod
    def chosen(cls, text: str, head: int) -> "Window":
        """Return the window that an address names; the newest one if it names none or an invalid one."""
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
        """True if it shows all entries."""
        return not self.after and not self.later

    @property
    def earlier(self) -> int | None:
        """The start of the previous window; ``None`` if there is none."""
        return max(0, self.after - MOST) if self.after else None

    @property
    def later(self) -> int | None:
        """The start of the next window; ``None`` if there is none."""
        return self.last if self.last < self.head else None

    def around(self, seq: int) -> int | None:
        """Return the start of a window that shows this entry; ``None`` if this window does."""
        return None if self.first <= seq <= self.last else max(0, seq - 1 - MOST // 2)
