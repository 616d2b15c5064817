"""Example runs of an app, which `manage.py sagaflow demo` plays and checks.

An app lists them in ``SHOWCASES`` of its module ``showcases``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sagaflow.core.definition.saga import Saga
from sagaflow.testing.result import RunResult

__all__ = ["Showcase"]


@dataclass(frozen=True, kw_only=True)
class Showcase:
    """An example run, and the check of its end."""

    name: str
    """The name of the example, and of its picture."""
    title: str
    saga: Saga
    """The definition. It replaces the registered one of its name for the start of this run."""
    prepare: Callable[[str], Any]
    """A function that prepares the tables and returns the input of the run. Its argument is a unique text."""
    check: Callable[[RunResult], None]
    """A function that raises AssertionError if the run or the tables are not as expected."""
    patience: float = 60.0
    """The seconds after which the run must have ended, or be waiting."""
