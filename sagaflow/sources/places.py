"""Where the parts of a YAML text stand: the nodes of the parser, with their dashes, lines and comments."""

from bisect import bisect_left
from dataclasses import dataclass

import yaml

from sagaflow.core.json_value import Json
from sagaflow.sources import yaml_text

__all__ = ["Entry", "Places", "UnknownForm"]


class UnknownForm(Exception):
    """The text has a form that cannot be edited in place."""


@dataclass(frozen=True)
class Entry:
    """An item of a list or a pair of a mapping."""

    anchor: int
    """The place of its dash or key; in flow style, its start."""
    after: int
    """The place after its dash or colon."""
    node: yaml.Node
    """Its value."""
    key: yaml.Node | None = None

    @property
    def collection(self) -> yaml.CollectionNode:
        """Its value, which the caller knows to be a list or a mapping."""
        assert isinstance(self.node, yaml.CollectionNode)
        return self.node

    @property
    def name(self) -> str:
        return str(self.key.value) if self.key is not None else ""


class Places:
    """The places in one text, as numbers of characters from its start.

    Raises:
        UnknownForm: the text has keys that are written with a question mark.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.root = yaml_text.compose(text)
        tokens = list(yaml.scan(text, yaml_text.PlainLoader))
        self._dashes: list[int] = [
            token.start_mark.index for token in tokens if isinstance(token, yaml.BlockEntryToken)
        ]
        self._colons: list[int] = [token.start_mark.index for token in tokens if isinstance(token, yaml.ValueToken)]
        if any(isinstance(token, yaml.KeyToken) and text.startswith("?", token.start_mark.index) for token in tokens):
            raise UnknownForm

    def value(self, node: yaml.Node) -> Json:
        """Return the JSON value of ``node``."""
        loader = yaml_text.PlainLoader("")
        try:
            return loader.construct_document(node)
        finally:
            loader.dispose()

    def entries(self, node: yaml.CollectionNode) -> list[Entry]:
        """Return the items or the pairs of ``node``, in their order."""
        if isinstance(node, yaml.MappingNode):
            return [Entry(key.start_mark.index, self._colon(key) + 1, value, key) for key, value in node.value]
        if node.flow_style:
            return [Entry(item.start_mark.index, item.start_mark.index, item) for item in node.value]
        items, place = [], node.start_mark.index
        for item in node.value:
            dash = self._dashes[bisect_left(self._dashes, place)]
            items.append(Entry(dash, dash + 1, item))
            place = max(self.end(item), dash + 1)
        return items

    def _colon(self, key: yaml.Node) -> int:
        end: int = key.end_mark.index
        index = bisect_left(self._colons, end)
        if index == len(self._colons) or self.text[end : self._colons[index]].strip():
            raise UnknownForm
        return self._colons[index]

    def end(self, node: yaml.Node) -> int:
        """Return the place after the last character of ``node``; a mark of the parser may lie behind comments."""
        end: int = node.end_mark.index
        if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
            return len(self.text[:end].rstrip())
        if not isinstance(node, yaml.CollectionNode) or node.flow_style or not node.value:
            return end
        last = self.entries(node)[-1]
        return max(self.end(last.node), last.after)

    def line_start(self, place: int) -> int:
        """Return the start of the line of ``place``."""
        return max(self.text.rfind("\n", 0, place), self.text.rfind("\r", 0, place)) + 1

    def line_end(self, place: int) -> int:
        """Return the start of the next line, or the end of the text."""
        ends = [end for end in (self.text.find(eol, place) for eol in ("\n", "\r")) if end >= 0]
        if not ends:
            return len(self.text)
        return min(ends) + (2 if self.text.startswith("\r\n", min(ends)) else 1)

    def column(self, place: int) -> int:
        """Return the number of characters before ``place`` in its line."""
        return place - self.line_start(place)

    def starts_line(self, place: int) -> bool:
        """True if nothing but spaces stands before ``place`` in its line."""
        return not self.text[self.line_start(place) : place].strip(" ")

    def block(self, entry: Entry) -> tuple[int, int]:
        """Return the range of whole lines of ``entry``: the comments directly above, and the deeper ones below."""
        column = self.column(entry.anchor)
        start = self.line_start(entry.anchor)
        while start:
            above = self.line_start(start - 1 - (self.text[start - 2 : start] == "\r\n"))
            line = self.text[above:start]
            if not line.strip().startswith("#") or len(line) - len(line.lstrip()) > column:
                break
            start = above
        end = self.line_end(max(self.end(entry.node), entry.after))
        while end < len(self.text):
            line = self.text[end : self.line_end(end)]
            if not line.strip().startswith("#") or len(line) - len(line.lstrip()) <= column:
                break
            end = self.line_end(end)
        return start, end
