"""Permissions on runs: Django's permissions, narrowed by the scopes of groups. Every other module asks here.

A user whose groups have no scopes may see, and act on, every run, as their permissions say; a superuser always may.
Runs, definitions and sagas that a user may not see are answered as if they did not exist.
"""

from typing import TypeAlias

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser, AnonymousUser

from sagaflow import conf, registry, store
from sagaflow.core.definition.saga import Saga
from sagaflow.core.run.four_eyes import why_barred
from sagaflow.core.run.state import RunState
from sagaflow.core.run.verbs import VERBS
from sagaflow.store import act_requests, bulk_repairs, definitions
from sagaflow.store.act_requests import Request
from sagaflow.store.lists import approvals
from sagaflow.store.lists.approvals import Waiting
from sagaflow.store.lists.scopes import EVERYTHING, Owner, RunScope, covers, run_scope_of, scopes_of
from sagaflow.store.masks import masked_of
from sagaflow.store.runs.run_line import RunLine
from sagaflow.store.tokens import limits_of

__all__ = [
    "EVERYTHING",
    "MEANING",
    "Owner",
    "RunScope",
    "can_be_second",
    "User",
    "visible_runs",
    "knows",
    "may_publish",
    "may_start",
    "run",
    "saga",
    "sagas",
    "sensitive_for",
    "request",
    "waiting",
    "why_not",
    "why_not_act",
    "why_not_asked",
    "why_not_decide",
    "why_not_delegate",
    "why_not_give",
    "why_not_withdraw",
]

User: TypeAlias = AbstractUser | AnonymousUser
DECIDING = frozenset({"approve", "reject", "skip", "delegate"})
"""The verbs that decide an approval, or say who decides, for which the rule ``not_by`` holds."""
RETRYING = frozenset({"retry", "redeliver"})
"""The verbs that ask for the decision once more. Every user for whom it waits may do that, also a delegate."""
UNREADABLE = "The definition of one of the runs cannot be loaded."
CACHE = "_sagaflow_scopes"
"""The attribute of a user with the scopes of its groups."""
MEANING = {
    "view_run": "see runs",
    "start_run": "start runs",
    "operate_run": "operate runs",
    "publish_event": "publish events",
    "approve_step": "approve steps",
    "view_sensitive": "see sensitive fields",
    "design_saga": "edit drafts",
    "publish_saga": "publish sagas",
}
"""Permission of the model of runs → its meaning in words."""


def why_not(user: User, permission: str, saga: Owner | None = None) -> str:
    """Return why ``user`` may not, in a sentence that says who can help; empty: the user may.

    With ``saga`` the answer is about its runs, else about runs in general.
    """
    name = user.get_username()
    if not user.has_perm(f"sagaflow.{permission}"):
        return f"'{name}' may not {MEANING[permission]}; an administrator can grant sagaflow.{permission}."
    limits, scopes = limits_of(user), _scopes(user, permission)
    if not limits.allows(permission):
        kept = ", ".join(sorted(limits.permissions))
        return f"This API token may not {MEANING[permission]}: it is limited to {kept}. Use a token with {permission}."
    if saga is not None and scopes is not None and not covers(scopes, saga):
        if limits.sagas and saga.name not in limits.sagas:
            return f"This API token is limited to other sagas than '{saga.name}'. Use a token for this saga."
        return (
            f"The groups of '{name}' have scopes, and none of them covers saga '{saga.name}'; "
            "an administrator can add one."
        )
    return ""


def why_not_decide(user: User, saga: Saga, step: str, state: RunState | None = None) -> str:
    """Return why ``user`` may not approve or reject ``step``; empty: may.

    With ``state`` the answer is about one run, whose starter or earlier approvers the step may keep away: superusers
    too, for four eyes are those of two people.
    """
    if why := why_not_asked(user, saga, step, state):
        return why
    return why_barred(saga, state, step, user.get_username()) if state and _asks(saga, step) else ""


def why_not_asked(user: User, saga: Saga, step: str, state: RunState | None = None) -> str:
    """Return why ``step`` does not wait for ``user``; empty: it does, though its rule may keep the user away.

    It waits for the group that it names, and with ``state`` also for the person to whom it was delegated.
    """
    if why := why_not(user, "approve_step", saga):
        return why
    group, name = _asks(saga, step), user.get_username()
    if not group or user.is_superuser:
        return ""
    delegation = state.steps[step].delegation if state else None
    if (delegation and delegation.to == name) or user.groups.filter(name=group).exists():
        return ""
    return f"Step '{step}' is for the group '{group}', and '{name}' is not in it."


def why_not_delegate(to: str, saga: Saga, step: str, state: RunState) -> str:
    """Return why ``step`` cannot be delegated to the user named ``to``; empty: it can.

    Delegation stands for membership of the group, and for nothing else: it grants no permission.
    """
    users = get_user_model()._default_manager  # noqa: SLF001 - Django's documented way to a swappable model
    user = users.filter(**{users.model.USERNAME_FIELD: to}).first()
    if user is None or not user.is_active:
        return f"There is no active user '{to}'; enter the user name of a person who can log in."
    why = why_not(user, "view_run", saga) or why_not(user, "approve_step", saga)
    return why or (why_barred(saga, state, step, to) if _asks(saga, step) else "")


def why_not_act(user: User, saga: Saga, verb: str, step: str | None, state: RunState) -> str:
    """Return why ``user`` may not do an operator's verb to a run; empty: may.

    Every verb on an approval needs what its decision needs: to skip it is to approve it, and to try it again is to
    have it decided once more.
    """
    why = why_not(user, VERBS[verb].permission, saga)
    if why or not step or not _asks(saga, step):
        return why
    if verb in RETRYING:
        return why_not_asked(user, saga, step, state)
    return why_not_decide(user, saga, step, state if verb in DECIDING else None)


def _asks(saga: Saga, step: str) -> str:
    """Return the group that decides ``step``; empty: it is not an approval of this saga."""
    return saga.steps[step].does.asks if step in saga.steps else ""


def visible_runs(user: User, permission: str = "view_run") -> RunScope:
    """Return the runs to which the scopes of ``user`` narrow a permission, as a filter. It grants nothing itself."""
    scopes = _scopes(user, permission)
    return EVERYTHING if scopes is None else run_scope_of(scopes)


def waiting(user: User, most: int) -> Waiting:
    """Count the decisions that wait for ``user``, up to ``most``: approvals, and acts that need a second person."""
    found = _waiting_approvals(user, most)
    return found._replace(decisions=min(most, found.decisions + _waiting_requests(user, most)))


def _waiting_approvals(user: User, most: int) -> Waiting:
    if not user.has_perm("sagaflow.approve_step"):
        return Waiting(0, 0)
    groups = None if user.is_superuser else frozenset(user.groups.values_list("name", flat=True))
    scopes = (visible_runs(user), visible_runs(user, "approve_step"))
    return approvals.waiting(scopes, user.get_username(), groups, most=most)


def _waiting_requests(user: User, most: int) -> int:
    if not can_be_second(user):
        return 0
    return act_requests.count((visible_runs(user), visible_runs(user, "operate_run")), user.get_username(), most=most)


def can_be_second(user: User) -> bool:
    """Return true if acts that need a second person can wait for ``user``."""
    return bool(conf.current().second_person) and not why_not(user, "operate_run")


def request(user: User, request_id: str) -> Request:
    """Return a request for a second person about runs that ``user`` may see.

    Raises:
        UnknownRequest: there is none, or ``user`` may not see its runs.
    """
    return act_requests.find(request_id, visible_runs(user))


def why_not_give(user: User, asked: Request) -> str:
    """Return why ``user`` may not give what another operator asked for; empty: may.

    It needs what the act itself needs, and of a bulk repair for every run that is queued.
    """
    if asked.run_id is None:
        sagas = [definitions.readable(digest) for digest in sorted(bulk_repairs.digests(asked.repair_id or ""))]
        whys = [why_not(user, "operate_run", saga) if saga else UNREADABLE for saga in sagas]
        return next(filter(None, whys), why_not(user, "operate_run"))
    saga, state = store.state(asked.run_id)
    return why_not_act(user, saga, asked.verb, asked.step or None, state)


def why_not_withdraw(user: User) -> str:
    """Return why ``user`` may not take back what ``user`` asked for; empty: may.

    A person always may. A token that is limited to other permissions may not, for it could not have asked.
    """
    return "" if limits_of(user).allows("operate_run") else why_not(user, "operate_run")


def sensitive_for(user: User, saga: Saga) -> tuple[str, ...]:
    """Return the names of the fields of runs of ``saga`` that are masked for ``user``; empty: none is masked.

    A field that a sub-saga masks is masked in its parents too, for users who may not see it there.
    """
    if not why_not(user, "view_sensitive") and _scopes(user, "view_sensitive") is None:
        return ()
    return masked_of(saga, lambda each: bool(why_not(user, "view_sensitive", each)))


def knows(user: User, saga: Saga) -> bool:
    """Return true if ``user`` may see runs of ``saga`` with all their fields."""
    return not why_not(user, "view_run", saga) and not sensitive_for(user, saga)


def may_publish(user: User, saga: Saga) -> bool:
    """Return true if ``user`` may publish events to runs of ``saga``."""
    return not why_not(user, "publish_event", saga)


def may_start(user: User, saga: Saga) -> bool:
    """Return true if ``user`` may start runs of ``saga``."""
    return not why_not(user, "start_run", saga)


def run(user: User, run_id: str, permission: str = "view_run") -> tuple[RunLine, Saga]:
    """Return a run for which ``user`` has the permission, or which ``user`` may at least see, and its definition.

    Raises:
        UnknownRun: there is no such run, or ``user`` may not see it.
    """
    line = store.run(run_id)
    saga = store.definition_of(line.digest)
    if why_not(user, permission, saga) and why_not(user, "view_run", saga):
        raise store.UnknownRun(run_id)
    return line, saga


def sagas(user: User, *permissions: str) -> tuple[Saga, ...]:
    """Return the registered sagas for which ``user`` has one of the permissions."""
    known = registry.sagas(web=True)
    return tuple(saga for saga in known if not all(why_not(user, name, saga) for name in permissions))


def saga(user: User, name: str, *permissions: str) -> Saga:
    """Return a registered saga for which ``user`` has one of the permissions.

    Raises:
        UnknownSaga: there is none; the message names only sagas that the user may know.
    """
    try:
        found = registry.get_saga(name)
    except registry.UnknownSaga:
        found = None
    if found is None or all(why_not(user, permission, found) for permission in permissions):
        return registry.get_saga(name, among=sagas(user, *permissions))
    return found


def _scopes(user: User, permission: str) -> tuple[tuple[str, str], ...] | None:
    """Return ``(saga, team)`` of the scopes that narrow the permission; ``None``: none does, and empty: to nothing.

    They are read once per request and cached on the object of the user, as Django caches permissions.
    """
    limits = limits_of(user)
    if user.is_superuser:
        return limits.within(None)
    scopes: tuple[tuple[str, str, str], ...] | None = getattr(user, CACHE, None)
    if scopes is None:
        scopes = scopes_of(user)
        setattr(user, CACHE, scopes)
    return limits.within(tuple((saga, team) for narrowed, saga, team in scopes if narrowed in ("", permission)) or None)
