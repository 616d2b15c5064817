"""Every operation of the designer, and how one is read from JSON and applied."""

from dataclasses import dataclass

from designer.canvas.draft import Draft, Refused
from designer.canvas.elements import Rename, SetField, SetWork
from designer.canvas.groups import BringBack, ExtractSteps, InlineSaga, SetAside, WrapSteps
from designer.canvas.operation import MOST_GROWTH, TOO_LONG, Edit, Operation, Place, Undo, apply
from designer.canvas.operation import read as read_kind
from designer.canvas.pasting import PasteSteps
from designer.canvas.segments import AddSegment, DeleteSegment, JoinSegments, MoveSegment, SplitSegment, SwitchStyle
from designer.canvas.steps import AddSteps, Connect, DeleteSteps, Disconnect, DuplicateStep, MoveSteps
from designer.canvas.texts import ReplaceText
from sagaflow.core.json_value import Json
from sagaflow.core.payload import canonical

__all__ = ["OPERATIONS", "Edit", "Operation", "Place", "Refused", "Together", "apply", "read"]

MOST = 50


@dataclass(frozen=True)
class Together(Operation):
    """Several operations as one gesture, with one undo. ``said`` is the sentence for the history."""

    kind = "together"

    operations: tuple[Json, ...]
    said: str

    def change(self, draft: Draft) -> str:
        if not 0 < len(self.operations) <= MOST:
            raise Refused(f"Give between 1 and {MOST} operations.")
        focus, longest = "saga", len(canonical(draft.document)) + MOST_GROWTH
        for data in self.operations:
            if isinstance(data, dict) and data.get("kind") == self.kind:
                raise Refused("Operations that belong together cannot contain others that do.")
            focus = read(data).change(draft)
            if len(canonical(draft.document)) > longest:
                raise Refused(TOO_LONG)
        return focus

    def sentence(self, draft: Draft) -> str:  # noqa: ARG002 - the signature of every operation
        return self.said


OPERATIONS: dict[str, type[Operation]] = {
    operation.kind: operation
    for operation in (
        AddSteps,
        PasteSteps,
        MoveSteps,
        DeleteSteps,
        DuplicateStep,
        Connect,
        Disconnect,
        AddSegment,
        MoveSegment,
        DeleteSegment,
        SplitSegment,
        JoinSegments,
        SwitchStyle,
        SetWork,
        SetField,
        Rename,
        WrapSteps,
        SetAside,
        BringBack,
        ExtractSteps,
        InlineSaga,
        ReplaceText,
        Together,
        Undo,
    )
}
"""Every operation with its name in JSON."""


def read(data: Json) -> Operation:
    """Return the operation of its JSON: an object with its ``kind`` and its fields.

    Raises:
        Refused: the JSON is not an operation; the message names the field.
    """
    kind = data.get("kind") if isinstance(data, dict) else None
    if not isinstance(kind, str) or kind not in OPERATIONS:
        raise Refused(f"An operation is an object whose 'kind' is one of {', '.join(sorted(OPERATIONS))}.")
    return read_kind(OPERATIONS[kind], data)
