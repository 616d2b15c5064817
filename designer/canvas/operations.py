"""Every operation of the designer, and how one is read from JSON and applied."""

from designer.canvas.draft import Refused
from designer.canvas.elements import Rename, SetField, SetWork
from designer.canvas.operation import Edit, Operation, Place, Undo, apply
from designer.canvas.operation import read as read_kind
from designer.canvas.segments import AddSegment, DeleteSegment, JoinSegments, MoveSegment, SplitSegment, SwitchStyle
from designer.canvas.steps import AddSteps, Connect, DeleteSteps, Disconnect, DuplicateStep, MoveSteps
from sagaflow.core.json_value import Json

__all__ = ["OPERATIONS", "Edit", "Operation", "Place", "Refused", "apply", "read"]

OPERATIONS: dict[str, type[Operation]] = {
    operation.kind: operation
    for operation in (
        AddSteps,
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
