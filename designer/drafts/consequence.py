"""The consequence line of the newest change of a draft: "2 ends better, 1 worse".

It takes as long as two failure matrices, so it is asked after the change is on screen. The document before the change
is made again from the history, and the answer is empty as soon as there is a newer change.
"""

from designer.canvas import changes
from designer.drafts import outcomes
from sagaflow.core.errors import InvalidDefinition
from sagaflow.store import drafts
from sagaflow.store.drafts import DraftLine, UnknownDraft
from sagaflow.store.sketches import loaded

__all__ = ["consequence_of"]


def consequence_of(draft: DraftLine, revision: int, *, undone: bool) -> str:
    """Return what the change that led to ``revision`` changed in the ends of failures.

    Empty: nothing, it takes too long, a document has faults, or the change is not the newest one any more.
    ``undone``: the change was an undo.
    """
    entry = drafts.first_undone(draft) if undone else drafts.newest(draft)
    back = entry and (entry.redo if undone else entry.undo)
    if not back or draft.revision != revision or _revision(draft) != revision:
        return ""
    try:
        before = changes.applied(draft.document, tuple(map(changes.Change.read, back["changes"])))
        return outcomes.consequence(loaded(before), loaded(draft.document))
    except (changes.Conflict, InvalidDefinition):
        return ""


def _revision(draft: DraftLine) -> int:
    """Return the number of the newest revision now, that is after the history was read; -1: the draft is closed."""
    try:
        return drafts.read(draft.id).revision
    except UnknownDraft:
        return -1
