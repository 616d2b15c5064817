"""Permission on drafts. It is needed for each saga that a draft is about, so that no edit leads out of a scope.

These are the saga of its document, the one that it was opened from as it was then, and that one as it is now: else to
name a team in the document would be to take the saga over. A draft that a user may not see is answered as if it did not
exist.
"""

from collections.abc import Iterable, Iterator, Mapping
from uuid import UUID

from designer.drafts.reading import sketched
from sagaflow import access, registry
from sagaflow.access import User
from sagaflow.core.definition.saga import Saga
from sagaflow.core.errors import SagaflowError
from sagaflow.core.json_value import Json
from sagaflow.store import drafts, web_sagas
from sagaflow.store.drafts import DraftLine, UnknownDraft

__all__ = ["NotAllowed", "check", "check_over", "find", "listed", "why_not", "why_not_over"]


class NotAllowed(SagaflowError):
    """The user does not have the permission. The message says who can help."""


def why_not(user: User, permission: str, draft: DraftLine, document: Json = None) -> str:
    """Return why ``user`` may not do this with a draft, or with ``document`` in its place; empty: the user may."""
    return _why_not(user, permission, _about(draft, draft.document if document is None else document, _now(draft.saga)))


def why_not_over(user: User, permission: str, name: str, document: Json) -> str:
    """Return why ``user`` may not put ``document`` in the place of the saga ``name``; empty: the user may."""
    return _why_not(user, permission, (*_named(document, name), *_now(name)))


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


def listed(user: User) -> tuple[DraftLine, ...]:
    """Return the open drafts that ``user`` may edit, the one that was changed last first."""
    now = {saga.name: saga for saga in registry.sagas(web=True)}
    return tuple(draft for draft in drafts.listed() if _may_edit(user, draft, now))


def _may_edit(user: User, draft: DraftLine, now: Mapping[str, Saga]) -> bool:
    current = (now[draft.saga],) if draft.saga in now else _now(draft.saga)
    about = tuple(_about(draft, draft.document, current))
    return not any(_why_not(user, permission, about) for permission in ("view_run", "design_saga"))


def _why_not(user: User, permission: str, sagas: Iterable[Saga]) -> str:
    return next(filter(None, (access.why_not(user, permission, saga) for saga in sagas)), "")


def _about(draft: DraftLine, document: Json, now: Iterable[Saga]) -> Iterator[Saga]:
    """Yield the sagas that a draft with ``document`` is about."""
    yield from _named(document, draft.saga)
    if draft.saga:
        yield sketched(draft.base, draft.saga)
    yield from now


def _named(document: Json, name: str) -> Iterator[Saga]:
    """Yield the saga of ``document``, and the same under the name ``name`` if it has another one now."""
    read = sketched(document, name)
    yield read
    if isinstance(document, dict) and name not in ("", read.name):
        yield sketched(document | {"name": name}, name)


def _now(name: str) -> tuple[Saga, ...]:
    """Return the saga ``name`` as it is now, or what can be read of it; empty: there is none."""
    try:
        return (registry.get_saga(name),) if name else ()
    except registry.UnknownSaga:
        newest = web_sagas.newest_version(name)
        return (sketched(newest.document, name),) if newest else ()
