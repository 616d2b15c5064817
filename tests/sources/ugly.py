"""Writes a document as YAML the way people do: mixed quotes and indentation, comments everywhere, odd line ends."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from sagaflow.core.json_value import Json
from sagaflow.sources.rendering import Style

__all__ = ["ugly"]


@dataclass
class Pen:
    """The habits of one untidy author."""

    random: Random
    comments: int = 0
    indent: int = 2
    dash: int = 2
    gap: int = 1
    flow: float = 0.2
    remarks: float = 0.3
    blanks: float = 0.2
    style: Style = field(default_factory=Style)

    def remark(self, chance: float | None = None) -> str:
        """Return a comment that occurs once, or nothing."""
        if self.random.random() >= (self.remarks if chance is None else chance):
            return ""
        self.comments += 1
        return f'# remark {self.comments}: why, "how" & - {{when}}'

    def scalar(self, value: Json, *, flow: bool = False) -> str:
        return self.style.scalar(value, self.random.choice(["", "", "'", '"']), flow=flow)

    def inline(self, value: Json) -> str:
        if isinstance(value, dict):
            pairs = [f"{self.scalar(key, flow=True)}: {self.inline(item)}" for key, item in value.items()]
            return "{" + self.random.choice([", ", " , "]).join(pairs) + "}"
        if isinstance(value, list):
            pad = self.random.choice(["", " "]) if value else ""
            return "[" + pad + ", ".join(map(self.inline, value)) + pad + "]"
        return self.scalar(value, flow=True)

    def above(self, margin: str) -> list[str]:
        lines = [""] if self.random.random() < self.blanks else []
        return lines + [margin + remark for remark in [self.remark(), self.remark(0.1)] if remark]

    def block(self, value: Json, column: int) -> list[str]:
        """Return a list or a mapping as lines; the first one is not indented if the caller has begun its line."""
        margin = " " * column
        lines: list[str] = []
        pairs = value.items() if isinstance(value, dict) else ((None, item) for item in value)
        for number, (key, item) in enumerate(pairs):
            if number:
                lines += self.above(margin)
            lead = margin + ("-" if key is None else f"{self.scalar(key)}:")
            lines += self.entry(lead, item, column, listed=key is None)
        return lines

    def entry(self, lead: str, item: Json, column: int, *, listed: bool) -> list[str]:
        tail = (" " * self.random.choice([1, 3]) + remark) if (remark := self.remark(0.15)) else ""
        inline = not isinstance(item, (dict, list)) or not item or (self.flow > self.random.random() and not deep(item))
        if inline:
            return [f"{lead} {self.inline(item) if isinstance(item, (dict, list)) else self.scalar(item)}{tail}"]
        if listed:
            column += 1 + self.gap
            lines = self.block(item, column)
            lines[0] = lead + " " * self.gap + lines[0].lstrip()
            return lines
        below = column + (self.dash if isinstance(item, list) else self.indent)
        first = [" " * below + remark for remark in [self.remark()] if remark]
        return [lead + tail, *first, *self.block(item, below)]


def deep(value: Json) -> bool:
    """True if steps are in the value: few people write a whole segment on one line."""
    return (isinstance(value, dict) and "steps" in value) or (isinstance(value, list) and any(map(deep, value)))


def ugly(document: dict[str, Json], seed: int) -> str:
    """Return ``document`` as an untidy text; the same text for the same ``seed``."""
    random = Random(seed)
    pen = Pen(
        random,
        indent=random.choice([2, 2, 4, 3]),
        dash=random.choice([0, 2, 2, 4]),
        gap=random.choice([1, 1, 3]),
        flow=random.choice([0.0, 0.3, 0.9]),
        remarks=random.choice([0.0, 0.3, 0.7]),
        blanks=random.choice([0.0, 0.2, 0.9]),
    )
    head = random.choice([[], ["---"], ["# A file", "#", ""], ["%YAML 1.1", "---"]])
    lines = [*head, *pen.block(document, 0), *random.choice([[], ["# the end"], ["", ""], ["..."]])]
    eol = random.choice(["\n", "\n", "\r\n"])
    end: Callable[[str], str] = random.choice([lambda text: text + eol, lambda text: text + eol, lambda text: text])
    return end(eol.join(lines))
