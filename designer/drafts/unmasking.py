"""A version that shows a field which is masked now needs a user who may see it: else to publish would be to see.

The masks of a run are those of its version, so runs that exist keep theirs.
"""

from collections.abc import Iterator

from designer.drafts.reach import NotAllowed
from sagaflow import access, names
from sagaflow.access import User
from sagaflow.core.definition import document as documents
from sagaflow.core.definition.saga import Saga
from sagaflow.core.json_value import Json
from sagaflow.core.lint import Known, sensitive_key, unmasked_elsewhere
from sagaflow.store import web_sagas

__all__ = ["check", "why_not"]


def check(user: User, document: dict[str, Json]) -> None:
    """Raise ``NotAllowed`` if the document shows what ``user`` may not see."""
    if why := why_not(user, document):
        raise NotAllowed(why)


def why_not(user: User, document: dict[str, Json]) -> str:
    """Return why ``user`` may not publish a document, because it shows what is masked; empty: it does not."""
    if documents.problems(document):
        return ""
    saga = documents.load(document)
    now = web_sagas.newest(saga.name)
    if now is None or not access.why_not(user, "view_sensitive", now):
        return ""
    known = names.here(web=True)
    shown = next(_shown(now, saga), "") or next(iter(set(_elsewhere(saga, known)) - set(_elsewhere(now, known))), "")
    if not shown:
        return ""
    name = user.get_username()
    return f"{shown} '{name}' may not see sensitive fields; let a user with sagaflow.view_sensitive publish this."


def _shown(now: Saga, then: Saga) -> Iterator[str]:
    kept = {field.casefold() for field in then.sensitive}
    for field in now.sensitive:
        if field.casefold() not in kept:
            yield f"The field '{field}' is sensitive now, and new runs would show it to everyone who sees them."


def _elsewhere(saga: Saga, known: Known) -> Iterator[str]:
    """Yield what gives a sensitive field to a sub-saga or a key that shows it."""
    for finding in (*unmasked_elsewhere(saga, known), *sensitive_key(saga)):
        yield f"{finding.element.rpartition('/')[2]}: {finding.message}."
