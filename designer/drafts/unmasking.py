"""A version that shows a field which is masked now needs a user who may see it: else to publish would be to see."""

from designer.drafts.reach import NotAllowed
from sagaflow import access
from sagaflow.access import User
from sagaflow.core.json_value import Json
from sagaflow.unmasking import unmasked

__all__ = ["check", "why_not"]


def check(user: User, document: dict[str, Json]) -> None:
    """Raise ``NotAllowed`` if the document shows what ``user`` may not see."""
    if why := why_not(user, document):
        raise NotAllowed(why)


def why_not(user: User, document: dict[str, Json]) -> str:
    """Return why ``user`` may not publish a document, because it shows what is masked; empty: it does not."""
    shown = unmasked(document, lambda saga: bool(access.why_not(user, "view_sensitive", saga)))
    if not shown:
        return ""
    name = user.get_username()
    return f"{shown[0]} '{name}' may not see sensitive fields; let a user with sagaflow.view_sensitive publish this."
