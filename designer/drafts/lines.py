"""A new saga from a list: each line is a step, and ``<`` or ``undo:`` begins its undo, as in the outline.

A line is a title or the name of an action. What is registered by that name is taken with the undo that it brings along;
anything else becomes a planned action of a service that is named after the saga.
"""

import re
from collections.abc import Mapping

from designer.canvas.draft import free_name
from sagaflow.core.definition.fields import ACTION
from sagaflow.core.errors import SagaflowError
from sagaflow.core.json_value import Json

__all__ = ["BadLine", "from_lines"]

LONGEST_LINE = 80
UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
"""Characters that no document may have; a pasted text can."""
BULLET = re.compile(r"(?:[-*•]|\d{1,3}[.)])\s+")
UNDO = re.compile(r"<|\bundo:", re.IGNORECASE)
"""The sign that begins an undo; ``partsOf`` of the outline has the same."""


class BadLine(SagaflowError):
    """A line of the list says something that no step can have."""


def from_lines(name: str, text: str, known: Mapping[str, dict[str, Json]]) -> dict[str, Json]:
    """Return the document of a new saga with a step for each line of ``text``.

    ``known``: the documents of steps, by the names and titles of their actions in lower case.

    Raises:
        BadLine: an undo has no step, or a step has two.
    """
    writer = _Writer(re.sub(r"\W+", "_", name).strip("_") or "service", known)
    for number, line in enumerate(UNSTORABLE.sub("", text).splitlines(), start=1):
        writer.take(number, BULLET.sub("", line.strip(), count=1))
    return {"name": name, "segments": [{"name": "main", "style": "orchestrated", "steps": writer.steps}]}


class _Writer:
    def __init__(self, service: str, known: Mapping[str, dict[str, Json]]) -> None:
        self.service = service
        self.known = known
        self.steps: list[dict[str, Json]] = []
        self.taken: set[str] = set()
        self.is_undone = False

    def take(self, number: int, line: str) -> None:
        words, *undos = (part.strip()[:LONGEST_LINE] for part in UNDO.split(line))
        if words:
            self.steps.append(self.step(words))
            self.is_undone = False
        for undo in filter(None, undos):
            if not self.steps:
                raise BadLine(f"Line {number}, '{undo}', is an undo, but no step is above it. Write the step first.")
            if self.is_undone:
                title = self.steps[-1].get("title", self.steps[-1]["name"])
                raise BadLine(f"Line {number}, '{undo}', is a second undo of '{title}'. A step has one undo.")
            self.steps[-1]["undo"] = self.action(undo, self.steps[-1]["action"].partition(".")[0])
            self.is_undone = True

    def step(self, words: str) -> dict[str, Json]:
        is_action = ACTION.fullmatch(words) is not None
        name = free_name(_name_of(words.partition(".")[2] if is_action else words), self.taken)
        self.taken.add(name)
        registered = self.known.get(words.lower(), {})
        title = {} if is_action else {"title": words}
        return {"name": name, **title, "action": self.action(words)} | {
            key: value for key, value in registered.items() if key == "undo"
        }

    def action(self, words: str, service: str = "") -> Json:
        """Return the action of this name or title, that of ``service`` if several services have one."""
        if ACTION.fullmatch(words):
            return words
        own = self.known.get(f"{service}.{_name_of(words)}".lower())
        registered = own or self.known.get(words.lower())
        return registered["action"] if registered else f"{self.service}.{_name_of(words)}"


def _name_of(line: str) -> str:
    words = re.sub(r"[^A-Za-z0-9]+", "_", line).strip("_").lower()[:56].strip("_")
    return words if words[:1].isalpha() else f"step_{words}".rstrip("_")
