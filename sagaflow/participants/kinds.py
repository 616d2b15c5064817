"""The kinds of actions. A module that provides a kind registers it here when it is imported."""

from collections.abc import Callable
from typing import Any

from sagaflow.core.participant import Context
from sagaflow.registry import Action

__all__ = ["KINDS", "Kind", "add_kind"]

Kind = Callable[[Action, Context], Any]
"""A function that performs one attempt: it returns the output or ``Accepted()``, or raises any exception."""


def _http(action: Action, context: Context) -> object:
    # Importing the HTTP client would slow down the start of every command, and most do not need it.
    from sagaflow.participants.http import perform

    return perform(action, context)


KINDS: dict[str, Kind] = {"python": lambda action, context: action.does(context), "http": _http}


def add_kind(name: str, kind: Kind) -> None:
    """Register a kind, so that ``Action(kind=name, …)`` can be performed."""
    KINDS[name] = kind
