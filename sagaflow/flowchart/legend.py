"""The meaning of the shapes, lines and marks: data for a page, and plain text."""

from dataclasses import dataclass

from sagaflow.flowchart.appearance import Status

__all__ = ["EDGE_WORDS", "NODE_WORDS", "TRAIT_WORDS", "Mark", "as_text", "marks"]

NODE_WORDS = {
    "start": "start of the run",
    "end": "end of the run",
    "call": "step: an action of a service",
    "wait": "step: waits for an event from outside",
    "timer": "step: waits for a time",
    "approval": "step: waits for an operator",
    "subsaga": "step: a run of another saga",
    "undo": "compensation; the number is its turn in a rollback",
    "semantic": "compensation that offsets an effect which stays",
    "stop": "the step cannot be undone",
    "savepoint": "save-point: a rollback may return to here",
    "event": "event from outside",
    "observer": "observer: its outcome never affects the run",
    "folded": "a segment, folded",
}
EDGE_WORDS = {
    "command": "solid: a coordinator commands the step",
    "event": "dashed: the step reacts to the event",
    "end": "to the end of the run",
    "undo": "dotted: a step and its compensation",
    "back": "the order of undoing",
    "observer": "dashed, thin: the observer gets the event",
    "savepoint": "the steps after a save-point",
}
TRAIT_WORDS = {
    "pivot": "heavy line and ⚑: the point of no return",
    "orchestrated": "segment: a coordinator commands each step",
    "choreographed": "segment: each step reacts to events",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A status as it is shown."""

    status: Status
    glyph: str
    words: str


def marks() -> tuple[Mark, ...]:
    """Every status with its glyph."""
    return tuple(Mark(status, status.mark, status.words) for status in Status)


def as_text() -> str:
    """The legend for a terminal."""
    rows = [("", words) for words in (*NODE_WORDS.values(), *EDGE_WORDS.values(), *TRAIT_WORDS.values())]
    rows += [(mark.glyph or "·", mark.words) for mark in marks()]
    return "".join(f"{glyph:2} {words}\n" for glyph, words in rows)
