"""The permission to watch runs. It is checked at the handshake, and again while a socket is open: users log out."""

from dataclasses import dataclass
from importlib import import_module
from types import SimpleNamespace

from django.conf import settings
from django.contrib.auth import get_user

from designer.live.protocol import Close
from sagaflow import access
from sagaflow.access import RunScope
from sagaflow.store import UnknownRun

__all__ = ["Admitted", "NotAdmitted", "admit"]


class NotAdmitted(Exception):
    """The user of the session may not watch; ``code`` closes the socket."""

    def __init__(self, code: Close, reason: str) -> None:
        self.code = code
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Admitted:
    """A user who may watch, and the runs that this user may see."""

    user: object
    """The primary key of the user."""
    scope: RunScope


def admit(session_key: str | None, run_id: str = "") -> Admitted:
    """Return the user of this session, and the runs that this user may watch, from the database.

    Raises:
        NotAdmitted: the user may watch no run, or not ``run_id``. A hidden run does not exist for the user.
    """
    user = _holder(session_key)
    if user is None:
        raise NotAdmitted(Close.LOGGED_OUT, "Log in to watch runs.")
    if access.why_not(user, "view_run"):
        raise NotAdmitted(Close.FORBIDDEN, "Watching runs needs the permission sagaflow.view_run.")
    try:
        if run_id:
            access.run(user, run_id)
    except UnknownRun as error:
        raise NotAdmitted(Close.UNKNOWN_RUN, str(error)[:120]) from error
    return Admitted(user.pk, access.visible_runs(user))


def _holder(session_key: str | None) -> access.User | None:
    if not session_key:
        return None
    session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = get_user(SimpleNamespace(session=session))  # type: ignore[arg-type]  # it asks for the session only
    return user if user.is_authenticated and user.is_active else None
