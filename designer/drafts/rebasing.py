"""A draft whose saga has changed since it was opened: its edits are applied to the saga as it is written now.

Nothing is overwritten: an edit that no longer fits is named, and left out only if the user says so.
"""

from uuid import UUID

from designer.canvas.operations import Refused, apply, read
from designer.drafts import opening, reach
from sagaflow import registry
from sagaflow.access import User
from sagaflow.core.json_value import Json
from sagaflow.core.payload import same
from sagaflow.store import drafts
from sagaflow.store.drafts import DraftLine, EditLine, NewDraft, NewEdit

__all__ = ["is_stale", "misfits", "rebase"]


def is_stale(draft: DraftLine) -> bool:
    """True if the saga is written in another way than when the draft was opened."""
    new = _newest(draft)
    return new is not None and not (new.text == draft.base_text and same(new.document, draft.base))


def misfits(draft: DraftLine) -> tuple[str, ...]:
    """Return the sentences of the edits that do not fit the saga as it is written now."""
    new = _newest(draft)
    return _applied(draft, new)[2] if new is not None else ()


def rebase(user: User, draft: UUID, *, leave_out: bool = False) -> tuple[str, ...]:
    """Apply the edits of a draft to its saga as it is written now; return the sentences of those that were left out.

    Raises:
        Refused: an edit no longer fits, and ``leave_out`` is not set. The message lists each of them.
    """
    with drafts.locked(draft) as line:
        reach.allowed(user, line, "design_saga")
        new = _newest(line)
        if new is None:
            raise Refused("The saga is not registered any more, so that there is nothing to compare the draft with.")
        document, edits, lost = _applied(line, new)
        if lost and not leave_out:
            raise Refused(f"These changes no longer fit: {' '.join(lost)}")
        reach.check(user, "design_saga", line, document)
        drafts.rebase(line, new, document, edits)
    return lost


def _newest(draft: DraftLine) -> NewDraft | None:
    if draft.source == "new":
        return None
    try:
        return opening.beginning(registry.get_saga(draft.saga))
    except registry.UnknownSaga:
        return None


def _applied(line: DraftLine, new: NewDraft) -> tuple[dict[str, Json], list[tuple[EditLine, NewEdit]], tuple[str, ...]]:
    document, edits, lost = new.document, list[tuple[EditLine, NewEdit]](), list[str]()
    for old in drafts.history(line.id):
        if old.undone:
            continue
        try:
            edited = apply(document, read(old.operation))
        except Refused as refused:
            lost.append(f"{old.sentence} ({refused})")
            continue
        if edited.changes:
            document = edited.document
            fresh = NewEdit(
                key=old.key,
                operation=old.operation,
                undo=edited.inverse().document(),
                sentence=old.sentence,
                focus=edited.focus,
            )
            edits.append((old, fresh))
    return document, edits, tuple(lost)
