"""Find and replace in the texts of a document: titles, notes, teams, reasons, actions and events. Names stay.

An event that follows from the name of a step or a segment, such as ``HotelCompleted``, is part of that name.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from designer.canvas.draft import Draft, Refused
from designer.canvas.operation import MOST_GROWTH, TOO_LONG, Operation
from sagaflow.core.definition.compensation import Undo
from sagaflow.core.definition.fields import ACTION, EVENT, NOTE
from sagaflow.core.definition.parts import EVERY_EVENT, camel
from sagaflow.core.definition.problems import step_path
from sagaflow.core.json_value import Json

__all__ = ["Found", "ReplaceText", "found"]

TEXTS = ("title", NOTE, "team", "coordinator", "action", "reason")
UNDOS = tuple(kind.value for kind in Undo)
EVENTS = ("emits", "event", "on", "fails_as", "starts_on")
CORRELATE = "correlate"
"""The key of the saga whose keys are events."""
IMPLIED = ("Completed", "Failed", "Compensated", "Started")


@dataclass(frozen=True, slots=True)
class Found:
    """A text in which something was found."""

    element: str
    """The path of the saga, segment, step or observer."""
    field: str
    """The key in its document; of an undo, ``undo``."""
    text: str


@dataclass(frozen=True, slots=True)
class _Slot:
    """Where a text stands: ``holder[key]``."""

    element: str
    field: str
    holder: Any
    """A mapping or a list."""
    key: str | int

    @property
    def text(self) -> str:
        text: str = self.holder[self.key]
        return text

    def put(self, text: str) -> None:
        """Replace the text."""
        self.holder[self.key] = text


@dataclass(frozen=True, slots=True)
class _KeySlot(_Slot):
    """The text is the key itself, such as the event of a pointer in ``correlate``."""

    @property
    def text(self) -> str:
        return str(self.key)

    def put(self, text: str) -> None:
        if text != self.key and text in self.holder:
            raise Refused(f"The event '{text}' would stand twice in '{self.field}'; remove one first.", self.element)
        pairs = [(text if key == self.key else key, value) for key, value in self.holder.items()]
        self.holder.clear()
        self.holder.update(pairs)


def found(document: Json, find: str) -> tuple[Found, ...]:
    """Return every place that replacing ``find`` would change, in the order of the document."""
    slots = _slots(Draft.reading(document)) if find else ()
    return tuple(Found(slot.element, slot.field, slot.text) for slot in slots if find in slot.text)


@dataclass(frozen=True)
class ReplaceText(Operation):
    """Replace a text in titles, notes, teams, reasons, actions and events, those of undos included. Case matters."""

    kind = "replace-text"

    find: str
    replace: str

    def change(self, draft: Draft) -> str:
        if not self.find:
            raise Refused("Enter the text to find.")
        slots = self._slots(draft)
        if not slots:
            raise Refused(f"The text '{self.find}' is in no title, note, team, reason, action or event.")
        longer = len(self.replace) - len(self.find)
        if longer * sum(slot.text.count(self.find) for slot in slots) > MOST_GROWTH:
            raise Refused(TOO_LONG)
        for slot in slots:
            slot.put(_allowed(slot, slot.text.replace(self.find, self.replace)))
        return "saga"

    def sentence(self, draft: Draft) -> str:
        count = len(self._slots(draft))
        return f"Replaced '{self.find}' by '{self.replace}' in {count} place{'' if count == 1 else 's'}."

    def _slots(self, draft: Draft) -> list[_Slot]:
        return [slot for slot in _slots(draft) if self.find in slot.text]


def _allowed(slot: _Slot, new: str) -> str:
    """Return ``new`` if it may stand in the place of the text of a slot."""
    old = slot.text
    if slot.field in (*EVENTS, CORRELATE):
        if EVENT.fullmatch(old) and not EVENT.fullmatch(new):
            message = f"The event '{old}' would become '{new}', which is not valid; write a letter, then letters,"
            raise Refused(f"{message} digits, _, . or -.", slot.element)
    elif ACTION.fullmatch(old) and not ACTION.fullmatch(new):
        raise Refused(f"The action '{old}' would become '{new}', which is not valid; write service.verb.", slot.element)
    elif slot.key in UNDOS and not new.strip():
        raise Refused(f"The reason '{old}' would become empty; an undo of this kind needs one.", slot.element)
    return new


def _slots(draft: Draft) -> Iterator[_Slot]:
    """Yield each text that may be replaced."""
    implied = _implied(draft)
    for path, element in _elements(draft):
        yield from (_Slot(path, key, element, key) for key in TEXTS if isinstance(element.get(key), str))
        undo = element.get("undo")
        if isinstance(undo, str):
            yield _Slot(path, "undo", element, "undo")
        elif isinstance(undo, dict):
            yield from (_Slot(path, "undo", undo, key) for key in (*UNDOS, "reason") if isinstance(undo.get(key), str))
            inside = [undo[kind] for kind in UNDOS if isinstance(undo.get(kind), dict)]
            yield from (slot for holder in (undo, *inside) for slot in _events(path, holder, implied))
        yield from _events(path, element, implied)


def _elements(draft: Draft) -> Iterator[tuple[str, dict[str, Json]]]:
    """Yield the saga, each segment with its steps, and each observer, with its path."""
    yield "saga", draft.document
    for segment in draft.segments:
        yield f"segments/{segment['name']}", segment
        for step in segment["steps"]:
            if isinstance(step, dict) and isinstance(step.get("name"), str):
                yield step_path(segment["name"], step["name"]), step
    observers = draft.document.get("observers")
    for one in observers if isinstance(observers, list) else ():
        if isinstance(one, dict):
            yield f"observers/{one.get('name')}", one


def _events(path: str, holder: dict[str, Json], implied: set[str]) -> Iterator[_Slot]:
    """Yield the events of a step, an undo or an observer: alone, in a list, or by code."""
    for field in EVENTS:
        match holder.get(field):
            case str() as event if event not in implied:
                yield _Slot(path, field, holder, field)
            case list() | dict() as several:
                pairs = several.items() if isinstance(several, dict) else enumerate(several)
                yield from (
                    _Slot(path, field, several, key)
                    for key, event in pairs
                    if isinstance(event, str) and event not in implied
                )
            case _:
                pass
    pointers = holder.get(CORRELATE)
    if isinstance(pointers, dict):
        events = [event for event in pointers if event != EVERY_EVENT and event not in implied]
        yield from (_KeySlot(path, CORRELATE, pointers, event) for event in events)


def _implied(draft: Draft) -> set[str]:
    """Return the events that the names of steps and segments give."""
    names = draft.names() | {segment["name"] for segment in draft.segments}
    return {f"{camel(name)}{suffix}" for name in names for suffix in IMPLIED}
