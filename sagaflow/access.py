"""Who may do what to which runs, asked here and nowhere else: Django's permissions, narrowed by the scopes of groups.

Whoever is in no group with scopes may act on, and see, every run; a superuser always may. A run, a definition or a
saga that somebody may not see does not exist for them.
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
"""The permissions of the model of runs, in words."""


def why_not(user: Any, permission: str, saga: Saga | None = None) -> str:
    """Empty if ``user`` may, on runs of ``saga`` if one is given; else a sentence that says who can help."""
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
    """Empty if ``user`` may approve or refuse ``step``: that takes a member of the group that the definition names."""
    if why := why_not(user, "approve_step", saga):
        return why
    found = saga.steps.get(step)
    if found is None or not found.does.asks:
        return ""
    group, name = found.does.asks, user.get_username()
    if user.is_superuser or user.groups.filter(name=group).exists():
        return ""
    return f"Step '{step}' is for the group '{group}', and '{name}' is not in it."


def visible_runs(user: Any, permission: str = "view_run") -> RunScope:
    """To which runs the scopes of ``user`` narrow a permission, as a filter for lists. It grants nothing itself."""
    scopes = _scopes(user, permission)
    return EVERYTHING if scopes is None else run_scope_of(scopes)


def sensitive_for(user: Any, saga: Saga) -> tuple[str, ...]:
    """The names of the fields that are masked for ``user`` in what runs of ``saga`` hold; empty: all is shown."""
    return saga.sensitive if why_not(user, "view_sensitive", saga) else ()


def run(user: Any, run_id: str, permission: str = "view_run") -> tuple[Any, Saga]:
    """The row and the definition of a run on which ``user`` may, or which ``user`` may at least see.

    Raises:
        UnknownRun: there is none, as far as ``user`` may know.
    """
    row = store.run(run_id)
    saga = store.definition_of(row.definition_id)
    if why_not(user, permission, saga) and why_not(user, "view_run", saga):
        raise store.UnknownRun(run_id)
    return row, saga


def sagas(user: Any, *permissions: str) -> tuple[Saga, ...]:
    """The registered sagas for which ``user`` has one of the permissions."""
    return tuple(saga for saga in registry.sagas() if not all(why_not(user, each, saga) for each in permissions))


def _scopes(user: Any, permission: str) -> tuple[tuple[str, str], ...] | None:
    """``(saga, team)`` of those that narrow the permission; ``None``: nothing does.

    Read once per request: the object of the user lives no longer, and Django keeps its permissions the same way.
    """
    if user.is_superuser:
        return None
    if not hasattr(user, "_sagaflow_scopes"):
        user._sagaflow_scopes = scopes_of(user)  # noqa: SLF001 - named so that it is nobody else's
    scopes = user._sagaflow_scopes  # noqa: SLF001 - ditto
    return tuple((saga, team) for narrowed, saga, team in scopes if narrowed in ("", permission)) or None
