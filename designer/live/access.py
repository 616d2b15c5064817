"""Who may watch. Asked at the handshake and, since people log out or lose permissions, while a socket is open."""

from importlib import import_module
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user

from designer.live.protocol import Close

__all__ = ["PERMISSION", "refusal"]

PERMISSION = "sagaflow.view_run"


def refusal(session_key: str | None) -> tuple[Close, str] | None:
    """Why whoever has this session may not watch runs; ``None``: they may. Reads session and user from the database."""
    user = _holder(session_key)
    if user is None:
        return Close.LOGGED_OUT, "Log in to watch runs."
    if not user.has_perm(PERMISSION):
        return Close.FORBIDDEN, f"Watching runs needs the permission {PERMISSION}."
    return None


def _holder(session_key: str | None) -> Any:
    if not session_key:
        return None
    session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = get_user(SimpleNamespace(session=session))  # type: ignore[arg-type]  # it asks for the session only
    return user if user.is_authenticated and user.is_active else None
