"""The look of every status, in one table: glyph, tone and words. Pages, admin, terminal and drawings read it.

One word has one look, whichever enum it comes from: a run, a step and a bulk repair that are ``stuck`` or ``done``
show the same badge. A status is never told by colour alone. The colours of a tone are in palette.css; a drawing that
stands alone (SVG file, PNG) shows the colours of ``FALLBACK_COLOURS``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["APPEARANCES", "FALLBACK_COLOURS", "Appearance", "Status", "Tone", "appearance_of"]


class Tone(StrEnum):
    """A colour with a meaning. The value is the CSS class behind ``tone-``."""

    BLUE = "blue"
    """At work, or ready for it."""
    GREEN = "green"
    """Done."""
    STONE = "stone"
    """At rest: nothing is expected, or it was undone."""
    SKY = "sky"
    """For information."""
    AMBER = "amber"
    """Waiting, or uncertain."""
    ORANGE = "orange"
    """Retrying, late, or on the way back."""
    RED = "red"
    """Failed."""
    MAGENTA = "magenta"
    """Missing."""
    PURPLE = "purple"
    """Parked: an operator has to act."""
    CRIMSON = "crimson"
    """Stuck, or beyond repair."""


@dataclass(frozen=True, slots=True)
class Appearance:
    """The look of one status."""

    glyph: str
    """One character; empty where the flowchart shows no mark."""
    tone: Tone
    words: str
    detail: str = ""
    """A few words that the reader needs in addition."""
    reason: str = ""
    """For a reason for attention: a sentence without its full stop."""
    meaning: str = ""
    """For an outcome that a reader may not know: a sentence without its full stop."""

    @property
    def sentence(self) -> str:
        """The words with their detail: ``parked, action required``."""
        return f"{self.words}, {self.detail}" if self.detail else self.words


APPEARANCES: Mapping[str, Appearance] = {
    "pending": Appearance("", Tone.STONE, "pending"),
    "expected": Appearance("", Tone.STONE, "expected"),
    "later": Appearance("", Tone.STONE, "later"),
    "not started": Appearance("", Tone.STONE, "not started"),
    "kept": Appearance("", Tone.STONE, "kept"),
    "called off": Appearance("·", Tone.STONE, "not started"),
    "withdrawn": Appearance("·", Tone.STONE, "withdrawn"),
    "open": Appearance("◔", Tone.BLUE, "queued"),
    "queued": Appearance("◔", Tone.BLUE, "queued"),
    "due": Appearance("◔", Tone.BLUE, "due"),
    "ready": Appearance("◔", Tone.BLUE, "ready"),
    "running": Appearance("▸", Tone.BLUE, "running"),
    "waiting": Appearance("…", Tone.AMBER, "waiting"),
    "retrying": Appearance("↻", Tone.ORANGE, "retrying", reason="A step is being retried"),
    "late": Appearance("!", Tone.ORANGE, "late", reason="The deadline has passed"),
    "missing": Appearance("?", Tone.MAGENTA, "missing", reason="An expected reaction did not arrive in time"),
    "no worker": Appearance("◌", Tone.CRIMSON, "no worker", reason="No live worker has the code for a due step"),
    "undecided": Appearance(
        "◇", Tone.PURPLE, "undecided", "action required", reason="A rollback waits for the outcome of the pivot"
    ),
    "parked": Appearance(
        "‖", Tone.PURPLE, "parked", "action required", reason="A step cannot go on; an operator must decide"
    ),
    "missing parked": Appearance("⁇", Tone.PURPLE, "missing and parked", "action required"),
    "stuck": Appearance(
        "‼", Tone.CRIMSON, "stuck", "action required", reason="A compensation failed; an operator must decide"
    ),
    "refused": Appearance(
        "✕",
        Tone.RED,
        "refused",
        reason="Every change of the run fails; it cannot go on until the cause is fixed",
    ),
    "done": Appearance("✓", Tone.GREEN, "done"),
    "completed": Appearance("✓", Tone.GREEN, "completed"),
    "succeeded": Appearance("✓", Tone.GREEN, "succeeded"),
    "intact": Appearance("✓", Tone.GREEN, "intact"),
    "skipped": Appearance("»", Tone.STONE, "skipped"),
    "failed": Appearance("✕", Tone.RED, "failed"),
    "broken": Appearance("✕", Tone.RED, "broken"),
    "in doubt": Appearance("≟", Tone.AMBER, "in doubt", "it may have happened"),
    "business": Appearance("§", Tone.STONE, "business"),
    "technical": Appearance("⚙", Tone.AMBER, "technical"),
    "programming": Appearance("✕", Tone.RED, "programming"),
    "rolling back": Appearance("↶", Tone.ORANGE, "rolling back"),
    "compensating": Appearance("↶", Tone.ORANGE, "compensating"),
    "pending undo": Appearance("↶", Tone.ORANGE, "pending undo"),
    "undo due": Appearance("↶", Tone.ORANGE, "undo due"),
    "undo running": Appearance("↶", Tone.ORANGE, "undo running"),
    "undo waiting": Appearance("↶", Tone.ORANGE, "undo waiting"),
    "undo retrying": Appearance("↻", Tone.ORANGE, "retrying the compensation"),
    "rolled back": Appearance("↺", Tone.STONE, "rolled back"),
    "widened": Appearance("↶", Tone.ORANGE, "widened", "another rollback took its place"),
    "savepoint": Appearance("⚑", Tone.GREEN, "savepoint"),
    "compensated": Appearance(
        "↩", Tone.STONE, "compensated", meaning="The action that undoes the step was carried out"
    ),
    "undone": Appearance("↩", Tone.STONE, "undone"),
    "semantically undone": Appearance(
        "≈",
        Tone.AMBER,
        "semantically undone",
        meaning="The effect cannot be taken back; another action offset it, such as an apology",
    ),
    "irreversible": Appearance(
        "⊘", Tone.CRIMSON, "irreversible", "not undone", meaning="The effect cannot be taken back, and stays"
    ),
    "undone by hand": Appearance("✎", Tone.STONE, "undone by hand", meaning="An operator undid the step and said so"),
    "settled": Appearance("✎", Tone.STONE, "settled"),
    "undo skipped": Appearance("»", Tone.STONE, "undo skipped", meaning="An operator decided not to undo the step"),
    "nothing to undo": Appearance("∅", Tone.STONE, "nothing to undo", meaning="The step left nothing behind"),
    "cancelled": Appearance("✕", Tone.STONE, "cancelled"),
    "stopped": Appearance("■", Tone.STONE, "stopped"),
    "added": Appearance("+", Tone.GREEN, "added"),
    "removed": Appearance("−", Tone.RED, "removed"),  # noqa: RUF001 - a minus sign
    "changed": Appearance("≠", Tone.AMBER, "changed"),
    "moved": Appearance("→", Tone.SKY, "moved"),
}
"""By the word of a status, with spaces: ``undo_due`` and ``undo-due`` are ``undo due``."""


def appearance_of(word: str) -> Appearance:
    """Return the look of a status, a reason for attention or an outcome; an unknown word is a quiet one."""
    spaced = word.replace("_", " ").replace("-", " ")
    return APPEARANCES.get(spaced) or Appearance("·", Tone.STONE, spaced)


class Status(StrEnum):
    """The status that a node of a run shows. The value is the CSS class behind ``sf-is-``."""

    EXPECTED = "expected"
    CALLED_OFF = "called-off"
    READY = "ready"
    RUNNING = "running"
    WAITING = "waiting"
    RETRYING = "retrying"
    LATE = "late"
    MISSING = "missing"
    PARKED = "parked"
    MISSING_PARKED = "missing-parked"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"
    IN_DOUBT = "in-doubt"
    COMPENSATING = "compensating"
    UNDO_RETRYING = "undo-retrying"
    STUCK = "stuck"
    COMPENSATED = "compensated"
    SEMANTICALLY_UNDONE = "semantically-undone"
    IRREVERSIBLE = "irreversible"
    UNDONE_BY_HAND = "undone-by-hand"
    UNDO_SKIPPED = "undo-skipped"
    NOTHING_TO_UNDO = "nothing-to-undo"
    CANCELLED = "cancelled"

    @property
    def mark(self) -> str:
        """The glyph."""
        return appearance_of(self).glyph

    @property
    def words(self) -> str:
        """The status in words, for people who do not see the picture."""
        return appearance_of(self).sentence

    @property
    def colours(self) -> tuple[str, str]:
        """Fallback fill and line."""
        return FALLBACK_COLOURS[self]


FALLBACK_COLOURS: Mapping[Status, tuple[str, str]] = {
    Status.EXPECTED: ("#ffffff", "#94a3b8"),
    Status.CALLED_OFF: ("#f8fafc", "#cbd5e1"),
    Status.READY: ("#eff6ff", "#60a5fa"),
    Status.RUNNING: ("#dbeafe", "#2563eb"),
    Status.WAITING: ("#fef9c3", "#ca8a04"),
    Status.RETRYING: ("#ffedd5", "#ea580c"),
    Status.LATE: ("#ffedd5", "#c2410c"),
    Status.MISSING: ("#fae8ff", "#a21caf"),
    Status.PARKED: ("#f3e8ff", "#7e22ce"),
    Status.MISSING_PARKED: ("#fae8ff", "#7e22ce"),
    Status.DONE: ("#dcfce7", "#16a34a"),
    Status.SKIPPED: ("#f1f5f9", "#94a3b8"),
    Status.FAILED: ("#fee2e2", "#dc2626"),
    Status.IN_DOUBT: ("#fef3c7", "#b45309"),
    Status.COMPENSATING: ("#ffedd5", "#d97706"),
    Status.UNDO_RETRYING: ("#ffedd5", "#ea580c"),
    Status.STUCK: ("#fecdd3", "#be123c"),
    Status.COMPENSATED: ("#e7e5e4", "#78716c"),
    Status.SEMANTICALLY_UNDONE: ("#fef9c3", "#a16207"),
    Status.IRREVERSIBLE: ("#ffe4e6", "#b91c1c"),
    Status.UNDONE_BY_HAND: ("#e7e5e4", "#57534e"),
    Status.UNDO_SKIPPED: ("#f1f5f9", "#b45309"),
    Status.NOTHING_TO_UNDO: ("#f1f5f9", "#78716c"),
    Status.CANCELLED: ("#f1f5f9", "#475569"),
}
"""Fill and line of a node, where no style sheet gives them."""
