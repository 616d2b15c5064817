"""Who may do what to which runs: Django's permissions, narrowed to sagas and teams by the scopes of a person's groups.

Whoever is in no group with scopes may act on every run; a superuser always may. Looking is not narrowed.
"""

from collections.abc import Iterable
from typing import Any

from sagaflow.core.definition import Approval, Saga
from sagaflow.store.scopes import scopes_of

__all__ = ["MEANING", "in_scope", "teams_of", "why_not", "why_not_decide"]

MEANING = {
    "view_run": "see runs",
    "start_run": "start runs",
    "operate_run": "operate runs",
    "publish_event": "publish events",
    "approve_step": "approve steps",
    "view_sensitive": "see sensitive fields",
}
"""The permissions of the model of runs, in words."""


def why_not(user: Any, permission: str, saga: Saga | None = None) -> str:
    """Empty if ``user`` may, on runs of ``saga`` if one is given; else a sentence that says who can help."""
    name = user.get_username()
    if not user.has_perm(f"sagaflow.{permission}"):
        return f"'{name}' may not {MEANING[permission]}; an administrator can grant sagaflow.{permission}."
    if saga is not None and not in_scope(user, saga.name, teams_of(saga)):
        return (
            f"The groups of '{name}' have scopes, and none of them covers saga '{saga.name}'; "
            "an administrator can add one."
        )
    return ""


def in_scope(user: Any, saga: str, teams: Iterable[str]) -> bool:
    """Whether a scope of the person's groups covers a saga that ``teams`` own; without scopes every one is."""
    if user.is_superuser:
        return True
    scopes = _scopes(user)
    owners = set(teams)
    return not scopes or any(name in ("", saga) and (not team or team in owners) for name, team in scopes)


def why_not_decide(user: Any, saga: Saga, step: str) -> str:
    """Empty if ``user`` may approve or refuse ``step``: that takes a member of the group that the definition names."""
    if why := why_not(user, "approve_step", saga):
        return why
    found = saga.steps.get(step)
    if found is None or not isinstance(found.does, Approval):
        return ""
    group, name = found.does.by, user.get_username()
    if user.is_superuser or user.groups.filter(name=group).exists():
        return ""
    return f"Step '{step}' is for the group '{group}', and '{name}' is not in it."


def teams_of(saga: Saga) -> list[str]:
    """The owners of its segments."""
    return [segment.team for segment in saga.segments if segment.team]


def _scopes(user: Any) -> tuple[tuple[str, str], ...]:
    """Read once per request: the object of the user lives no longer, and Django keeps its permissions the same way."""
    if not hasattr(user, "_sagaflow_scopes"):
        user._sagaflow_scopes = scopes_of(user)  # noqa: SLF001 - named so that it is nobody else's
    return user._sagaflow_scopes  # noqa: SLF001 - ditto
