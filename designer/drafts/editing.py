"""Edits of a draft: each is one transaction, in which the document and its history change together.

The history is linear. An undo takes back the newest edit by its changes, so that it always fits; a new edit drops what
was undone. An operation that was made for an older revision is applied to the newest document: it speaks of names, so
that it mostly fits.
"""

from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from designer.canvas import changes
from designer.canvas.draft import Draft
from designer.canvas.elements import SetWork
from designer.canvas.operation import Operation, Undo
from designer.canvas.operations import Edit, Refused, apply, read
from designer.drafts import reach
from designer.drafts.offered import with_undo
from sagaflow import conf
from sagaflow.access import User
from sagaflow.core import payload
from sagaflow.core.definition.problems import MAX_STEPS
from sagaflow.core.errors import InvalidPayload, SagaflowError
from sagaflow.core.json_value import Json
from sagaflow.sources import yaml_text
from sagaflow.store import drafts
from sagaflow.store.draft_summary import TooManyDrafts
from sagaflow.store.drafts import DraftLine, NewEdit
from sagaflow.store.sketches import sketched

__all__ = ["BadRequest", "Done", "admitted", "edit", "elsewhere", "redo", "replace", "undo"]

LONGEST_KEY = 64


class BadRequest(SagaflowError):
    """A request cannot be read. The message says what it has to be."""


@dataclass(frozen=True, slots=True)
class Done:
    """The outcome of a change: the sentence for the reader, and the path of the element that it leaves selected."""

    sentence: str = ""
    focus: str = ""


def edit(user: User, draft: UUID, operation: Json, *, key: str = "") -> Done:
    """Apply an operation in its JSON form. One with a ``key`` that is in the history already is not applied again.

    Raises:
        BadRequest: the JSON is not an operation.
        Refused: the operation is impossible in the newest document.
    """
    if len(key) > LONGEST_KEY:
        raise BadRequest(f"The ID of an edit has at most {LONGEST_KEY} characters.")
    try:
        wanted = read(operation)
    except Refused as refused:
        raise BadRequest(str(refused)) from refused
    made, seen = None, reach.find(user, draft)
    with suppress(Refused):  # the check of a large schema would hold the lock
        made = _made(user, seen, wanted)
    with drafts.locked(draft) as line:
        reach.allowed(user, line, "design_saga")
        if drafts.has(line, key):
            return Done()
        if made is None or line.revision != seen.revision:
            made = _made(user, line, wanted)
        edited, meant = made
        _record(user, line, edited, meant.document(), key=key)
    return Done(edited.sentence, edited.focus)


def _made(user: User, line: DraftLine, wanted: Operation) -> tuple[Edit, Operation]:
    """Return the edit that an operation makes of a draft, and the operation with what comes along. It is read, too."""
    if isinstance(wanted, SetWork):
        wanted = with_undo(user, Draft.reading(line.document), wanted)
    edited = apply(line.document, wanted)
    name = edited.document.get("name")
    if name != line.document.get("name") and isinstance(name, str) and (why := reach.taken(name, line)):
        raise Refused(why, "saga")
    sketched(admitted(edited.document), line.saga)
    return edited, wanted


def replace(user: User, draft: UUID, text: str, revision: int) -> Done:
    """Let the document be what ``text`` says, in YAML or JSON.

    Raises:
        InvalidPayload: the text is neither.
        Refused: the draft has changed since ``revision``, so that the text would take back changes of others.
    """
    document = yaml_text.parse(text, what="The text")
    if not isinstance(document, dict):
        raise InvalidPayload("The text is not a definition: write keys and values, such as `name: order`.")
    sketched(admitted(document), reach.find(user, draft).saga)  # before the lock, as in `edit`
    with drafts.locked(draft) as line:
        reach.allowed(user, line, "design_saga")
        _is_newest(user, line, revision)
        changed = changes.between(line.document, document)
        if not changed:
            return Done()
        sentence = f"Changed the text in {len(changed)} place{'s' if len(changed) > 1 else ''}."
        forward = Undo(tuple(change.document() for change in changed), sentence, "saga")
        edited = Edit(document, changed, sentence, "saga", "saga")
        _record(user, line, edited, forward.document(), text=text)
    return Done(sentence, "saga")


def undo(user: User, draft: UUID, revision: int) -> Done:
    """Take back the newest edit.

    Raises:
        Refused: there is none, or the draft has changed since ``revision``.
    """
    with drafts.locked(draft) as line:
        reach.allowed(user, line, "design_saga")
        _is_newest(user, line, revision)
        last = drafts.newest(line)
        if last is None:
            raise Refused("There is nothing to undo.")
        back = _turn(user, line, last, last.undo)
    return Done(f"Undid: {last.sentence}", back.focus)


def redo(user: User, draft: UUID, revision: int) -> Done:
    """Bring back the edit that was undone last; the errors are those of ``undo``."""
    with drafts.locked(draft) as line:
        reach.allowed(user, line, "design_saga")
        _is_newest(user, line, revision)
        following = drafts.first_undone(line)
        if following is None or following.redo is None:
            raise Refused("There is nothing to redo.")
        back = _turn(user, line, following, following.redo)
    return Done(f"Did again: {following.sentence}", back.focus)


def admitted(document: Json) -> Json:
    """Return ``document`` if a draft may hold it: it may be unfinished, but not larger than the limits.

    Raises:
        Refused: it has too many bytes or steps, or values that JSON cannot express.
    """
    try:
        admitted = payload.checked(document, what="The document", limit=conf.current().draft_limit)
    except InvalidPayload as error:
        raise Refused(str(error)) from error
    count = sum(1 for _ in Draft.reading(document).steps())
    if count > MAX_STEPS:
        raise Refused(f"The saga would have {count} steps, and {MAX_STEPS} is the limit; move some into a sub-saga.")
    return admitted


def _record(
    user: User, line: DraftLine, edited: Edit, operation: dict[str, Json], *, key: str = "", text: str = ""
) -> None:
    reach.check(user, "design_saga", line, admitted(edited.document))
    new = NewEdit(
        key=key, operation=operation, undo=edited.inverse().document(), sentence=edited.sentence, focus=edited.focus
    )
    try:
        drafts.record(line, new, edited.document, user.get_username(), text=text)
    except TooManyDrafts as error:
        raise Refused(str(error)) from error


def _turn(user: User, line: DraftLine, entry: drafts.EditLine, operation: dict[str, Json]) -> Edit:
    """Apply what takes an edit back or brings it back, and keep the inverse of that."""
    step = read(operation)
    assert isinstance(step, Undo)
    try:
        document = changes.applied(line.document, tuple(map(changes.Change.read, step.changes)))
    except changes.Conflict as conflict:
        raise Refused(f"This cannot be undone: {conflict}", conflict.path) from conflict
    turned = Edit.between(Draft.reading(line.document), Draft.reading(document), step.said, step.focus)
    reach.check(user, "design_saga", line, turned.document)
    drafts.mark(line, entry, turned.document, user.get_username(), turned.inverse(entry.sentence).document())
    return turned


def elsewhere(user: User, line: DraftLine) -> str:
    """Return a sentence for a page that shows an older revision: who changed the draft."""
    if line.changed_by == user.get_username():
        return "You changed this draft in another tab. This is its newest state."
    return f"'{line.changed_by}' changed this draft. This is its newest state."


def _is_newest(user: User, line: DraftLine, revision: int) -> None:
    if line.revision != revision:
        raise Refused(f"{elsewhere(user, line)} Look at it, then try again.")
