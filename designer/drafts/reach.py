"""Permission on drafts. It is needed for each saga that a draft is about, so that no edit leads out of a scope.

These are the saga of its document, the one that it was opened from as it was then, and that one as it is now: else to
name a team in the document would be to take the saga over. A draft that a user may not see is answered as if it did not
exist.
"""

from collections.abc import Iterable
from itertools import islice
from uuid import UUID

from sagaflow import access, registry
from sagaflow.access import Owner, User
from sagaflow.core.errors import SagaflowError
from sagaflow.core.json_value import Json
from sagaflow.store import draft_summary, drafts, web_sagas
from sagaflow.store.draft_summary import DraftHead
from sagaflow.store.drafts import DraftLine, UnknownDraft
from sagaflow.store.sketches import owned

__all__ = ["NotAllowed", "check", "check_over", "find", "listed", "taken", "why_not", "why_not_over"]

LISTED = 200
"""Drafts in a list."""


class NotAllowed(SagaflowError):
    """The user does not have the permission. The message says who can help."""


def why_not(user: User, permission: str, draft: DraftLine, document: Json = None) -> str:
    """Return why ``user`` may not do this with a draft, or with ``document`` in its place; empty: the user may."""
    about = draft_summary.about(draft.saga, draft.document if document is None else document, draft.base)
    return _why_not(user, permission, (*about, *_now(draft.saga)))


def why_not_over(user: User, permission: str, name: str, document: Json) -> str:
    """Return why ``user`` may not put ``document`` in the place of the saga ``name``; empty: the user may."""
    return _why_not(user, permission, (*draft_summary.about(name, document), *_now(name)))


def check(user: User, permission: str, draft: DraftLine, document: Json = None) -> None:
    """Raise ``NotAllowed`` unless ``user`` may do this with a draft, or with ``document`` in its place."""
    if why := why_not(user, permission, draft, document):
        raise NotAllowed(why)


def check_over(user: User, permission: str, name: str, document: Json) -> None:
    """Raise ``NotAllowed`` unless ``user`` may put ``document`` in the place of the saga ``name``, if there is one."""
    if why := why_not_over(user, permission, name, document):
        raise NotAllowed(why)


def find(user: User, draft: UUID, permission: str = "design_saga") -> DraftLine:
    """Return an open draft.

    Raises:
        UnknownDraft: there is none, or ``user`` may not see it.
        NotAllowed: the user may see it, but does not have the permission.
    """
    return allowed(user, drafts.read(draft), permission)


def allowed(user: User, draft: DraftLine, permission: str) -> DraftLine:
    """Return ``draft`` if ``user`` has the permission for it; the errors are those of ``find``."""
    if why_not(user, "view_run", draft):
        raise UnknownDraft
    check(user, permission, draft)
    return draft


def taken(name: str, draft: DraftLine | None = None) -> str:
    """Return why ``draft``, or a new one, cannot get the name ``name``; empty: it can."""
    if (draft is None or draft.saga != name) and any(saga.name == name for saga in registry.sagas(web=True)):
        return f"There is a saga '{name}' already; choose another name."
    if drafts.is_named(name, but=draft.id if draft else None):
        return f"There is a draft of a saga '{name}' already; choose another name."
    return ""


def listed(user: User) -> tuple[DraftHead, ...]:
    """Return the open drafts that ``user`` may edit, the one that was changed last first. No document is read."""
    now: dict[str, tuple[Owner, ...]] = {saga.name: (saga,) for saga in registry.sagas(web=True)}
    return tuple(islice((draft for draft in draft_summary.heads() if _may_edit(user, draft, now)), LISTED))


def _may_edit(user: User, draft: DraftHead, now: dict[str, tuple[Owner, ...]]) -> bool:
    if draft.saga not in now:
        now[draft.saga] = _now(draft.saga)
    about = (*draft.about, *now[draft.saga])
    return not any(_why_not(user, permission, about) for permission in ("view_run", "design_saga"))


def _why_not(user: User, permission: str, sagas: Iterable[Owner]) -> str:
    return next(filter(None, (access.why_not(user, permission, saga) for saga in sagas)), "")


def _now(name: str) -> tuple[Owner, ...]:
    """Return the saga ``name`` as it is now, or what can be read of it; empty: there is none."""
    try:
        return (registry.get_saga(name),) if name else ()
    except registry.UnknownSaga:
        newest = web_sagas.newest_version(name)
        return (owned(newest.document, name),) if newest else ()
