"""The lines of each element in the text of a definition, by its path: for an editor that shows both."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from sagaflow.core.errors import SagaflowError
from sagaflow.sources.places import Entry, Places, UnknownForm

__all__ = ["LISTS", "Lines", "lines_of"]

LISTS = ("segments", "steps", "observers")
"""The keys whose items are elements, each with a name."""


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of one element, counted from 1, and the line of each of its keys."""

    first: int
    last: int
    keys: dict[str, int] = field(default_factory=dict)


def lines_of(text: str) -> dict[str, Lines]:
    """Return the lines of the saga, of its segments, steps and observers, each by its path.

    A text that cannot be read as a definition has none.
    """
    try:
        places = Places(text)
        return dict(_found(places, _Count(text)))
    except (yaml.YAMLError, UnknownForm, SagaflowError, AssertionError, RecursionError):
        return {}


class _Count:
    """Turns places in a text into numbers of lines."""

    def __init__(self, text: str) -> None:
        self._ends = [
            at for at, char in enumerate(text) if char == "\n" or (char == "\r" and text[at + 1 : at + 2] != "\n")
        ]

    def line(self, place: int) -> int:
        return bisect_right(self._ends, place - 1) + 1


def _found(places: Places, count: _Count) -> Iterator[tuple[str, Lines]]:
    if not isinstance(places.root, yaml.MappingNode):
        return
    start = places.root.start_mark.index
    yield "saga", _lines(places, count, places.root, start)
    yield from _below(places, count, places.root, "")


def _below(places: Places, count: _Count, node: yaml.MappingNode, path: str) -> Iterator[tuple[str, Lines]]:
    for pair in places.entries(node):
        if pair.name not in LISTS or not isinstance(pair.node, yaml.SequenceNode):
            continue
        for item in places.entries(pair.node):
            name = _name(places, item)
            if name and isinstance(item.node, yaml.MappingNode):
                here = f"{path}{pair.name}/{name}"
                yield here, _lines(places, count, item.node, item.anchor)
                yield from _below(places, count, item.node, f"{here}/")


def _lines(places: Places, count: _Count, node: yaml.MappingNode, start: int) -> Lines:
    keys = {pair.name: count.line(pair.anchor) for pair in places.entries(node)}
    return Lines(count.line(start), count.line(max(start, places.end(node) - 1)), keys)


def _name(places: Places, item: Entry) -> str:
    if not isinstance(item.node, yaml.MappingNode):
        return ""
    named = next((pair.node for pair in places.entries(item.node) if pair.name == "name"), None)
    return str(named.value) if isinstance(named, yaml.ScalarNode) else ""
