"""The place where a definition is written: a file in the folder ``sagas`` of an app, a module, or the database."""

from dataclasses import dataclass
from pathlib import Path

__all__ = ["Source"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The place where a definition is written."""

    path: Path | None = None
    """The file, for a definition in the folder ``sagas`` of an app; ``None``: Python code."""
    module: str = ""
    """The module that registered it, such as ``shop.orders.sagas``; empty: it is in a file."""

    web: bool = False
    """It was published on the web, and is in the database."""

    @property
    def kind(self) -> str:
        """``file``, ``code`` or ``web``."""
        return "web" if self.web else "file" if self.path else "code"

    def __str__(self) -> str:
        return "the database (published on the web)" if self.web else str(self.path or self.module or "Python code")
