"""Runs that an app shows to people, and that are checked at the same time: `manage.py sagaflow demo` performs them.

An app lists them in ``SHOWCASES`` of its module ``showcases``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sagaflow.core.definition.saga import Saga
from sagaflow.testing.result import Seen

__all__ = ["Showcase"]


@dataclass(frozen=True, kw_only=True)
class Showcase:
    """One run, and what is declared of its end."""

    name: str
    """Also that of its picture."""
    title: str
    saga: Saga
    """Takes the place of what is registered under its name, for the start of this run."""
    prepare: Callable[[str], Any]
    """Writes what the run needs into the tables, and returns its input. Gets a text that no earlier show had."""
    check: Callable[[Seen], None]
    """Raises AssertionError where run or tables are not as declared."""
    patience: float = 60.0
    """Seconds until it has to have come to rest."""
