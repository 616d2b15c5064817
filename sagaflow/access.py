"""Permissions on runs: Django's permissions, narrowed by the scopes of groups. Every other module asks here.

A user whose groups have no scopes may see, and act on, every run, as their permissions say; a superuser always may.
Runs, definitions and sagas that a user may not see are answered as if they did not exist.
"""

from typing import Any

from sagaflow import registry, store
from sagaflow.core.definition.saga import Saga
from sagaflow.store.lists.scopes import EVERYTHING, RunScope, covers, run_scope_of, scopes_of

__all__ = [
    "EVERYTHING",
    "MEANING",
    "RunScope",
    "visible_runs",
    "run",
    "sagas",
    "sensitive_for",
    "why_not",
    "why_not_decide",
]

MEANING = {
    "view_run": "see runs",
    "start_run": "start runs",
    "operate_run": "operate runs",
    "publish_event": "publish events",
    "approve_step": "approve steps",
    "view_sensitive": "see sensitive fields",
}
"""Permission of the model of runs → its meaning in words."""


def why_not(user: Any, permission: str, saga: Saga | None = None) -> str:
    """Return why ``user`` may not, in a sentence that says who can help; empty: the user may.

    With ``saga`` the answer is about its runs, else about runs in general.
    """
    name = user.get_username()
    if not user.has_perm(f"sagaflow.{permission}"):
        return f"'{name}' may not {MEANING[permission]}; an administrator can grant sagaflow.{permission}."
    scopes = _scopes(user, permission)
    if saga is not None and scopes is not None and not covers(scopes, saga):
        return (
            f"The groups of '{name}' have scopes, and none of them covers saga '{saga.name}'; "
            "an administrator can add one."
        )
    return ""


def why_not_decide(user: Any, saga: Saga, step: str) -> str:
    """Return why ``user`` may not approve or reject ``step``, which only the group that it names may; empty: may."""
    if why := why_not(user, "approve_step", saga):
        return why
    asking = saga.steps.get(step)
    if asking is None or not asking.does.asks:
        return ""
    group, name = asking.does.asks, user.get_username()
    if user.is_superuser or user.groups.filter(name=group).exists():
        return ""
    return f"Step '{step}' is for the group '{group}', and '{name}' is not in it."


def visible_runs(user: Any, permission: str = "view_run") -> RunScope:
    """Return the runs to which the scopes of ``user`` narrow a permission, as a filter. It grants nothing itself."""
    scopes = _scopes(user, permission)
    return EVERYTHING if scopes is None else run_scope_of(scopes)


def sensitive_for(user: Any, saga: Saga) -> tuple[str, ...]:
    """Return the names of the fields of runs of ``saga`` that are masked for ``user``; empty: none is masked."""
    return saga.sensitive if why_not(user, "view_sensitive", saga) else ()


def run(user: Any, run_id: str, permission: str = "view_run") -> tuple[Any, Saga]:
    """Return row and definition of a run for which ``user`` has the permission, or which ``user`` may at least see.

    Raises:
        UnknownRun: there is no such run, or ``user`` may not see it.
    """
    row = store.run(run_id)
    saga = store.definition_of(row.definition_id)
    if why_not(user, permission, saga) and why_not(user, "view_run", saga):
        raise store.UnknownRun(run_id)
    return row, saga


def sagas(user: Any, *permissions: str) -> tuple[Saga, ...]:
    """Return the registered sagas for which ``user`` has one of the permissions."""
    return tuple(saga for saga in registry.sagas() if not all(why_not(user, name, saga) for name in permissions))


def _scopes(user: Any, permission: str) -> tuple[tuple[str, str], ...] | None:
    """Return ``(saga, team)`` of the scopes that narrow the permission; ``None``: none does.

    They are read once per request and cached on the object of the user, as Django caches permissions.
    """
    if user.is_superuser:
        return None
    if not hasattr(user, "_sagaflow_scopes"):
        user._sagaflow_scopes = scopes_of(user)  # noqa: SLF001 - the name is unique to Sagaflow
    scopes = user._sagaflow_scopes  # noqa: SLF001 - the name is unique to Sagaflow
    return tuple((saga, team) for narrowed, saga, team in scopes if narrowed in ("", permission)) or None
