"""The family of actions by kind. A module that brings a kind registers it here when it is imported."""

from collections.abc import Callable
from typing import Any

from sagaflow.core.participant import Context
from sagaflow.registry import Action

__all__ = ["KINDS", "Kind", "add_kind"]

Kind = Callable[[Action, Context], Any]
"""Carries out one attempt: returns the output or ``Accepted()``, or raises whatever it likes."""


def _http(action: Action, context: Context) -> Any:
    # A client for HTTP costs every command its start, and most need none.
    from sagaflow.participants.http import perform

    return perform(action, context)


KINDS: dict[str, Kind] = {"python": lambda action, context: action.does(context), "http": _http}


def add_kind(name: str, kind: Kind) -> None:
    """Makes actions of ``Action(kind=name, …)`` possible."""
    KINDS[name] = kind
