"""The words and the order of well-known fields, which are made by hand. A new field goes without: it is humanized."""

from sagaflow.core.definition.compensation import Undo
from sagaflow.core.definition.fields import NOTE

__all__ = [
    "KIND_NAMES",
    "LABELS",
    "OF_SAGA",
    "OF_SEGMENT",
    "OF_STEP",
    "RETRY_LABELS",
    "SIMPLE",
    "UNDO_WORDS",
    "WORDS",
]

KIND_NAMES = {
    "action": "Call an action",
    "event": "Wait for an event",
    "timer": "Wait for a time",
    "approval": "Ask for approval",
    "saga": "Run another saga",
}
LABELS = {
    "name": "Name",
    "action": "Action",
    "event": "Event",
    "service": "Published by",
    "timer": "Seconds",
    "approval": "Group",
    "not_by": "Not by",
    "remind_after": "Remind after, seconds",
    "saga": "Saga",
    "after": "After",
    "on": "Reacts to",
    "emits": "Event of success",
    "fails_as": "Events of failures",
    "outputs": "Output names",
    "condition": "Only if",
    "input": "Input",
    "fails_when": "An answer is a business error when",
    "timeout": "Time limit of one attempt, seconds",
    "pivot": "Point of no return (pivot)",
    "compensate_on": "Undo it when it",
    "on_exhausted": "When retries are used up",
    "on_undo_failure": "When the undo fails for good",
    "savepoint": "Take a save-point at the start",
    "recovery": "After a business error",
    "forward_attempts": "Tries from the save-point",
    "style": "Style",
    "deadline": "Deadline of a run, seconds",
    "sensitive": "Fields shown masked",
    "search": "Search attributes",
    "correlate": "Where events have the key of the run",
    "starts_on": "Event that starts a run",
    "input_schema": "Schema of the input",
    "after_rollback": "After a rollback",
    "observers": "Observers",
    NOTE: "Note",
}
WORDS = {
    "park": "Wait for an operator",
    "roll_back": "Roll back",
    "continue": "Record it and go on",
    "backward": "Roll back the whole run",
    "forward": "Go back to the save-point and try again",
    "completed": "succeeded",
    "attempted": "was attempted",
}
UNDO_WORDS = {
    "": "Not declared",
    Undo.COMPENSATE.value: "Undone by an action",
    Undo.SEMANTIC.value: "Offset by an action; a trace stays",
    Undo.IRREVERSIBLE.value: "Cannot be undone",
    Undo.NOTHING.value: "Leaves nothing behind",
}
RETRY_LABELS = {
    "attempts": "Attempts",
    "delay": "First delay, seconds",
    "factor": "Each delay times",
    "max_delay": "Longest delay, seconds",
    "jitter": "Random part of each delay",
    "total": "Give up after, seconds",
}
OF_STEP = (
    ("Data", ("input", "outputs", "fails_when")),
    ("Undo", ("undo", "compensate_on", "pivot")),
    ("Retry", ("retry", "on_exhausted", "timeout")),
    ("Order", ("condition", "after")),
    ("Retry of the undo", ("undo_retry", "on_undo_failure")),
    ("Events", ("on", "emits", "fails_as")),
)
OF_SEGMENT = (
    ("Recovery", ("recovery", "savepoint", "forward_attempts")),
    ("Order", ("after",)),
)
OF_SAGA = (
    ("Input", ("input_schema", "search", "sensitive")),
    ("Events from outside", ("correlate", "starts_on")),
    ("Limits", ("deadline", "after_rollback")),
    ("Observers", ("observers",)),
)
SIMPLE = {
    "eq": "is",
    "ne": "is not",
    "gt": "is more than",
    "ge": "is at least",
    "lt": "is less than",
    "le": "is at most",
}
