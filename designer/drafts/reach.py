"""Permission on drafts. A draft is about the saga in its document, and about the saga that it was opened from.

A draft that a user may not see is answered as if it did not exist.
"""

from uuid import UUID

from designer.drafts.reading import sketched
from sagaflow import access
from sagaflow.access import User
from sagaflow.core.errors import SagaflowError
from sagaflow.core.json_value import Json
from sagaflow.store import drafts
from sagaflow.store.drafts import DraftLine, UnknownDraft

__all__ = ["NotAllowed", "check", "find", "listed", "why_not"]


class NotAllowed(SagaflowError):
    """The user does not have the permission. The message says who can help."""


def why_not(user: User, permission: str, document: Json, saga: str = "") -> str:
    """Return why ``user`` may not do this with a document that was opened from ``saga``; empty: the user may."""
    read = sketched(document, saga)
    why = access.why_not(user, permission, read)
    if why or saga in ("", read.name):
        return why
    return access.why_not(user, permission, sketched(document | {"name": saga}, saga))


def check(user: User, permission: str, document: Json, saga: str = "") -> None:
    """Raise ``NotAllowed`` unless ``user`` may do this with a document that was opened from ``saga``."""
    if why := why_not(user, permission, document, saga):
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
    if why_not(user, "view_run", draft.document, draft.saga):
        raise UnknownDraft
    check(user, permission, draft.document, draft.saga)
    return draft


def listed(user: User) -> tuple[DraftLine, ...]:
    """Return the open drafts that ``user`` may edit, the one that was changed last first."""
    return tuple(
        draft
        for draft in drafts.listed()
        if not any(why_not(user, each, draft.document, draft.saga) for each in ("view_run", "design_saga"))
    )
