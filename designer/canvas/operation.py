"""The base of every operation: a value with a name, that changes a draft and says so in a sentence."""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from types import NoneType, UnionType
from typing import Any, ClassVar, Self, get_args, get_origin, get_type_hints

from designer.canvas import changes
from designer.canvas.draft import Draft, Refused
from designer.canvas.focus import nearest, regained
from sagaflow.core.json_value import Json

__all__ = ["MOST_GROWTH", "TOO_LONG", "Edit", "Operation", "Place", "Undo", "apply", "fields_of", "listed", "read"]

MOST_GROWTH = 262_144
"""The characters by which one gesture may make a document longer. Replacing "a" by a book could fill the memory."""
TOO_LONG = f"The saga would become more than {MOST_GROWTH} characters longer. Do less at once, or use shorter texts."
SHAPES = {str: "text", bool: "true or false", int: "a whole number", dict: "an object", list: "a list"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where steps go: in ``segment``, directly after all steps of ``after``, and directly before all of ``before``."""

    segment: str
    after: tuple[str, ...] = ()
    before: tuple[str, ...] = ()

    @classmethod
    def read(cls, data: Json) -> Self:
        """Return the place of its JSON.

        Raises:
            Refused: the JSON is not a place.
        """
        if (
            not isinstance(data, dict)
            or not isinstance(data.get("segment"), str)
            or data.keys() - {"segment", "after", "before"}
        ):
            raise Refused("A place has a 'segment', and lists 'after' and 'before' with names of steps.")
        return cls(data["segment"], *(_texts(data.get(key, []), key) for key in ("after", "before")))

    def document(self) -> dict[str, Json]:
        """Return the place as JSON."""
        return {"segment": self.segment, "after": list(self.after), "before": list(self.before)}

    @property
    def words(self) -> str:
        """The place in words: "after Take payment"."""
        parts = [f"{word} {listed(names)}" for word, names in (("after", self.after), ("before", self.before)) if names]
        return " and ".join(parts) or f"into '{self.segment}'"


@dataclass(frozen=True)
class Operation:
    """One gesture. Its fields are names and JSON, so that it can be sent, stored, and applied to a newer document."""

    kind: ClassVar[str] = ""

    def change(self, draft: Draft) -> str:
        """Change ``draft``, and return the path of the element that the gesture leaves selected.

        Raises:
            Refused: the operation is impossible in this document.
        """
        raise NotImplementedError(f"{type(self).__name__} has no change().")

    def sentence(self, draft: Draft) -> str:
        """Return what was done, for the history. ``draft`` is as it was before."""
        raise NotImplementedError(f"{type(self).__name__} has no sentence().")

    def reverse(self, draft: Draft) -> "Operation | None":  # noqa: ARG002 - the signature of every operation
        """Return the operation that takes this one back by its meaning; ``None``: its changes are taken back.

        ``draft`` is as it was before.
        """
        return None

    def document(self) -> dict[str, Json]:
        """Return the operation as JSON."""
        values = {field.name: _written(getattr(self, field.name)) for field in fields(self)}
        return {"kind": self.kind, **values}


@dataclass(frozen=True)
class Edit:
    """An operation that has been applied."""

    document: dict[str, Json]
    changes: tuple[changes.Change, ...]
    sentence: str
    focus: str
    """The path of the element that is selected afterwards: "segments/money/steps/take"."""
    back: str
    """The path of the element that is selected when the edit is taken back."""
    reverse: Operation | None = None

    @classmethod
    def between(cls, before: Draft, after: Draft, sentence: str, focus: str, reverse: Operation | None = None) -> Self:
        """Return the edit that makes ``after`` of ``before``. ``focus``: an element of either."""
        return cls(
            after.document,
            changes.between(before.document, after.document),
            sentence,
            nearest(focus, before, after),
            regained(before, after, focus),
            reverse,
        )

    @property
    def undo(self) -> Operation:
        """The operation that takes the edit back."""
        return self.reverse or self.inverse()

    def inverse(self, said: str = "") -> "Undo":
        """Return the operation that takes the changes themselves back: in a linear history they always fit."""
        back = tuple(change.document() for change in changes.inverse(self.changes))
        return Undo(back, said or self.sentence, self.back)


@dataclass(frozen=True)
class Undo(Operation):
    """Takes back an edit, unless the same place has been changed since."""

    kind = "undo"

    changes: tuple[Json, ...]
    said: str
    focus: str

    def change(self, draft: Draft) -> str:
        try:
            draft.document = changes.applied(draft.document, tuple(map(changes.Change.read, self.changes)))
        except changes.Conflict as conflict:
            raise Refused(f"This cannot be undone: {conflict}", conflict.path) from conflict
        return self.focus

    def sentence(self, draft: Draft) -> str:  # noqa: ARG002 - the signature of every operation
        return f"Undid: {self.said}"


def apply(document: Json, operation: Operation) -> Edit:
    """Return the document after ``operation``; ``document`` itself stays as it is.

    Raises:
        Refused: the operation is impossible in this document; the error names the element.
    """
    before, draft = Draft.reading(document), Draft(document)
    sentence, reverse = operation.sentence(draft), operation.reverse(draft)
    focus = operation.change(draft)
    if (circle := draft.circle()) and not before.circle():
        raise Refused(f"Then these steps would wait for each other: {listed(tuple(sorted(circle)))}.", focus)
    return Edit.between(before, draft, sentence, focus, reverse)


def read(kind: type[Operation], data: dict[str, Json]) -> Operation:
    """Return the operation of this kind whose fields are in ``data``.

    Raises:
        Refused: a field is missing, unknown or has a value of another type.
    """
    known = {field.name for field in fields(kind)}
    if unknown := data.keys() - known - {"kind"}:
        raise Refused(f"The operation '{kind.kind}' has no field '{min(unknown)}'.")
    required = [field.name for field in fields(kind) if field.default is MISSING and field.name not in data]
    if required:
        raise Refused(f"The operation '{kind.kind}' needs the field '{required[0]}'.")
    hints = get_type_hints(kind)
    return kind(**{name: _value(data[name], hints[name], name) for name in known if name in data})


def _value(value: Json, hint: Any, name: str) -> Any:
    if hint is Any:
        return value
    if hint is Place:
        return Place.read(value)
    if get_origin(hint) is UnionType:
        if value is None and NoneType in get_args(hint):
            return None
        return _value(value, next(part for part in get_args(hint) if part is not NoneType), name)
    if get_origin(hint) is tuple:
        return _texts(value, name) if get_args(hint)[0] is str else tuple(_value(value, list, name))
    shape = get_origin(hint) or hint
    if not isinstance(value, shape) or (shape is int and isinstance(value, bool)):
        raise Refused(f"The field '{name}' is not {SHAPES[shape]}.")
    return value


def _texts(value: Json, name: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Refused(f"The field '{name}' is not a list of names.")
    return tuple(value)


def _written(value: Any) -> Json:
    if isinstance(value, Place):
        return value.document()
    return list(value) if isinstance(value, tuple) else value


def listed(names: tuple[str, ...]) -> str:
    """Return names in words: "'a', 'b' and 'c'"."""
    *others, last = [f"'{name}'" for name in names] or ["nothing"]
    return f"{', '.join(others)} and {last}" if others else last


def fields_of(mapping: Mapping[str, Json]) -> str:
    """Return the keys of a mapping in words."""
    return ", ".join(f"'{key}'" for key in mapping)
