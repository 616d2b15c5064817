"""The beginning of a draft: a registered saga, or a new document."""

from designer.canvas.operations import Refused
from designer.drafts import reach
from designer.drafts.editing import admitted
from sagaflow import access, registry
from sagaflow.access import User
from sagaflow.core.definition import document as documents
from sagaflow.core.definition.fields import NAME
from sagaflow.core.definition.saga import Saga
from sagaflow.core.errors import SagaflowError
from sagaflow.core.json_value import Json
from sagaflow.sources import saga_files
from sagaflow.store import drafts, web_sagas
from sagaflow.store.draft_summary import TooManyDrafts
from sagaflow.store.drafts import DraftLine, NewDraft

__all__ = ["BadName", "beginning", "open_new", "open_registered"]


class BadName(SagaflowError):
    """A new saga cannot have this name."""


def open_registered(user: User, saga: Saga) -> DraftLine:
    """Return the user's draft of a registered saga; if there is none, a new one with its document as it is written.

    Raises:
        NotAllowed: the user may not edit drafts of this saga.
        Refused: the user has as many drafts as one may have.
    """
    new = beginning(saga)
    reach.check_over(user, "design_saga", saga.name, new.document)
    begun = drafts.mine(saga.name, user.get_username())
    if begun is not None:
        return reach.allowed(user, begun, "design_saga")
    return _created(new, user)


def beginning(saga: Saga) -> NewDraft:
    """Return a registered saga as it is written now, as the beginning of a draft."""
    document, text, digest = _written(saga)
    return NewDraft(
        saga=saga.name, source=registry.source_of(saga.name).kind, digest=digest, text=text, document=document
    )


def open_new(user: User, document: dict[str, Json]) -> DraftLine:
    """Return a new draft.

    Raises:
        BadName: the name breaks the rule of names, or a saga has it.
        NotAllowed: the scopes of the user do not cover the new saga.
        Refused: the document is too large, or the user has as many drafts as one may have.
    """
    name = document.get("name")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise BadName(f"'{str(name)[:80]}' is not a valid name; write a letter, then letters, digits, _ or -.")
    reach.check_over(user, "design_saga", "", admitted(document))
    if why := reach.taken(name):
        seen = any(saga.name == name for saga in access.sagas(user, "view_run"))
        more = " Open it on its page and choose Design, or choose another name." if seen else ""
        raise BadName(f"{why}{more}")
    return _created(NewDraft(source="new", document=document), user)


def _created(new: NewDraft, user: User) -> DraftLine:
    try:
        return drafts.create(new, user.get_username())
    except TooManyDrafts as error:
        raise Refused(str(error)) from error


def _written(saga: Saga) -> tuple[dict[str, Json], str, str]:
    """Return the document of a registered saga as it is written, its text if it is in a file, and its digest.

    Of a file, it is the document as the file is now. One that was published on the web may have faults by now.
    """
    source = registry.source_of(saga.name)
    if source.web and (newest := web_sagas.newest_version(saga.name)):
        return newest.document, "", newest.digest
    path = source.path
    if path is not None:
        try:
            text = path.read_bytes().decode()
            document = saga_files.parse(path.name, text)
            now = documents.load(document)
            if now.name == saga.name:
                return document, text, now.digest
        except (OSError, ValueError, SagaflowError):
            pass  # the file is broken by now: the draft starts from what is registered
    return documents.dump(saga), "", saga.digest
