"""Find and replace in the texts of a document: titles, notes, teams, reasons and names of actions. Names stay."""

from collections.abc import Iterator
from dataclasses import dataclass

from designer.canvas.draft import Draft, Refused
from designer.canvas.operation import MOST_GROWTH, TOO_LONG, Operation
from sagaflow.core.definition.compensation import Undo
from sagaflow.core.definition.fields import ACTION, NOTE
from sagaflow.core.json_value import Json

__all__ = ["ReplaceText"]

TEXTS = ("title", NOTE, "team", "coordinator", "action", "reason")
UNDOS = tuple(kind.value for kind in Undo)


@dataclass(frozen=True)
class ReplaceText(Operation):
    """Replace a text everywhere in titles, notes, teams, reasons and actions, undos included. Case matters."""

    kind = "replace-text"

    find: str
    replace: str

    def change(self, draft: Draft) -> str:
        if not self.find:
            raise Refused("Enter the text to find.")
        places = self._places(draft)
        if not places:
            raise Refused(f"The text '{self.find}' is in no title, note, team, reason or action.")
        longer = len(self.replace) - len(self.find)
        if longer * sum(holder[key].count(self.find) for holder, key in places) > MOST_GROWTH:
            raise Refused(TOO_LONG)
        for holder, key in places:
            old, new = holder[key], holder[key].replace(self.find, self.replace)
            if ACTION.fullmatch(old) and not ACTION.fullmatch(new):
                raise Refused(f"The action '{old}' would become '{new}', which is not valid; write service.verb.")
            if key in UNDOS and not new.strip():
                raise Refused(f"The reason '{old}' would become empty; an undo of this kind needs one.")
            holder[key] = new
        return "saga"

    def sentence(self, draft: Draft) -> str:
        count = len(self._places(draft))
        return f"Replaced '{self.find}' by '{self.replace}' in {count} place{'' if count == 1 else 's'}."

    def _places(self, draft: Draft) -> list[tuple[dict[str, Json], str]]:
        return [(holder, key) for holder, key in _texts(draft) if self.find in holder[key]]


def _texts(draft: Draft) -> Iterator[tuple[dict[str, Json], str]]:
    """Yield each text that may be replaced: the mapping that holds it, and its key."""
    observers = draft.document.get("observers")
    elements = [draft.document, *draft.segments, *(step for _, step in draft.steps())]
    elements += [one for one in observers if isinstance(one, dict)] if isinstance(observers, list) else []
    for element in elements:
        yield from ((element, key) for key in TEXTS if isinstance(element.get(key), str))
        undo = element.get("undo")
        if isinstance(undo, str):
            yield element, "undo"
        elif isinstance(undo, dict):
            yield from ((undo, key) for key in (*UNDOS, "reason") if isinstance(undo.get(key), str))
