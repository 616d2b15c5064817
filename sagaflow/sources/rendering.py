"""Writes new parts of a document in the style of the text around them: indentation, dashes, quotes and line ends."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import yaml

from sagaflow.core.json_value import Json
from sagaflow.sources.yaml_text import PlainLoader

__all__ = ["Style", "style_of"]

SHORT = 80
"""A list of plain values is written on one line up to this many characters."""
TEXT = "tag:yaml.org,2002:str"


@dataclass(frozen=True)
class Style:
    """The habits of one text."""

    eol: str = "\n"
    indent: int = 2
    """Spaces from a key to the keys below it."""
    dash: int = 2
    """Spaces from a key to the dashes below it."""
    gap: int = 1
    """Spaces from a dash to its item."""
    quote: str = ""
    """The quotation mark around text: `'`, `"`, or empty, if text is quoted where it has to be only."""
    flow_lists: bool = True
    """Lists of plain values stand on one line."""
    flow_maps: bool = False
    """Mappings inside of conditions, undos and the like stand on one line."""

    def block(self, value: Json) -> list[str]:
        """Return ``value`` as lines of block style, without indentation of the first level."""
        if isinstance(value, dict) and value:
            return [line for key, item in value.items() for line in self.entry(key, item)]
        if isinstance(value, list) and value and not self._on_one_line(value):
            return [line for item in value for line in self.item(item)]
        return [self.inline(value)]

    def entry(self, key: str, value: Json) -> list[str]:
        """Return ``key`` with its value as lines."""
        name = self.scalar(key, "")
        if isinstance(value, str) and (literal := _literal(value)):
            return [f"{name}: {literal[0]}", *(" " * self.indent + line if line else "" for line in literal[1:])]
        if self.is_inline(value):
            return [f"{name}: {self.inline(value)}"]
        margin = " " * (self.dash if isinstance(value, list) else self.indent)
        return [f"{name}:", *(margin + line if line else "" for line in self.block(value))]

    def item(self, value: Json) -> list[str]:
        """Return ``value`` as the lines of one item of a list, with its dash."""
        lead = "-" + " " * self.gap
        first, *rest = [self.inline(value)] if self.is_inline(value) else self.block(value)
        return [lead + first, *(" " * len(lead) + line if line else "" for line in rest)]

    def is_inline(self, value: Json) -> bool:
        """True if the value is written on the line of its key or dash."""
        return not isinstance(value, (dict, list)) or not value or self._on_one_line(value)

    def inline(self, value: Json, quote: str | None = None) -> str:
        """Return ``value`` on one line. ``quote`` is the quotation mark of the text that it replaces."""
        match value:
            case dict():
                return (
                    "{"
                    + ", ".join(f"{self.scalar(key, '', flow=True)}: {self._flow(item)}" for key, item in value.items())
                    + "}"
                )
            case list():
                return "[" + ", ".join(map(self._flow, value)) + "]"
            case _:
                return self.scalar(value, quote)

    def scalar(self, value: Json, quote: str | None = None, *, flow: bool = False) -> str:
        """Return one value that is neither a list nor a mapping. ``flow``: it stands between brackets."""
        if not isinstance(value, str):
            return json.dumps(value)
        quote = quote if quote is not None else self.quote
        if not quote and _is_plain(value, flow=flow):
            return value
        if quote != '"' and value.isprintable():
            return "'" + value.replace("'", "''") + "'"
        return _escaped(value)

    def _flow(self, value: Json) -> str:
        return self.inline(value) if isinstance(value, (dict, list)) else self.scalar(value, flow=True)

    def _on_one_line(self, value: Json) -> bool:
        if isinstance(value, dict):
            return self.flow_maps and _is_small(value)
        return self.flow_lists and _is_small(value) and not any(isinstance(item, dict) for item in value)


def _is_small(value: Json) -> bool:
    return len(json.dumps(value)) <= SHORT


def _escaped(value: str) -> str:
    """Return ``value`` in double quotes. What YAML does not print is escaped as in JSON."""
    return "".join(map(_escape, json.dumps(value, ensure_ascii=False)))


def _escape(character: str) -> str:
    return character if character.isprintable() else f"\\U{ord(character):08x}"


def _literal(value: str) -> list[str]:
    """Return ``value`` as a literal block, its header first; nothing if that form cannot hold it or is not needed."""
    body = value.removesuffix("\n")
    lines = body.split("\n")
    fits = all((line.isprintable() and line == line.rstrip()) or not line for line in lines)
    if "\n" not in body or not fits or not lines[0] or not lines[-1] or lines[0][0] in " \t":
        return []
    return ["|" if value.endswith("\n") else "|-", *lines]


@lru_cache(maxsize=4096)
def _is_plain(value: str, *, flow: bool) -> bool:
    """True if ``value`` without quotes is read as the same text."""
    if not value.isprintable() or len(value) > 4 * SHORT:
        return False
    pair = f"{value}: {value}"
    try:
        node = yaml.compose(f"{{{pair}}}" if flow else pair, PlainLoader)
    except (yaml.YAMLError, RecursionError):
        return False
    parts = [part for pair in node.value for part in pair] if isinstance(node, yaml.MappingNode) else []
    return [(part.tag, part.value) for part in parts] == [(TEXT, value)] * 2


def style_of(text: str, root: yaml.Node) -> Style:
    """Return the habits of ``text``: of each choice, the one that it makes most often."""
    habits: dict[str, Counter[object]] = {name: Counter() for name in Style.__dataclass_fields__}
    habits["eol"].update(re.findall(r"\r\n|\n|\r", text))
    for name, habit in _habits(root, text):
        habits[name][habit] += 1
    most: dict[str, object] = {name: seen.most_common(1)[0][0] for name, seen in habits.items() if seen}
    return Style(**most)  # type: ignore[arg-type]  # each habit has the type of its field


def _habits(node: yaml.Node, text: str) -> Iterator[tuple[str, object]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(value, yaml.ScalarNode) and value.tag == TEXT and value.style not in ("|", ">"):
                if value.value and _is_plain(value.value, flow=True):
                    yield "quote", value.style or ""
            elif isinstance(value, yaml.CollectionNode) and value.value and not node.flow_style:
                yield from _shape(key, value)
            yield from _habits(value, text)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            lead = text[: item.start_mark.index]
            dash = lead.rfind("-")
            if not node.flow_style and isinstance(item, yaml.MappingNode) and not lead[dash + 1 :].strip(" "):
                yield "gap", len(lead) - dash - 1
            yield from _habits(item, text)


def _shape(key: yaml.Node, value: yaml.CollectionNode) -> Iterator[tuple[str, object]]:
    plain = not any(isinstance(item, yaml.CollectionNode) for item in value.value)
    if isinstance(value, yaml.MappingNode):
        yield "flow_maps", bool(value.flow_style)
        if not value.flow_style and value.start_mark.column > key.start_mark.column:
            yield "indent", value.start_mark.column - key.start_mark.column
    elif value.flow_style or plain:
        yield "flow_lists", bool(value.flow_style)
    if isinstance(value, yaml.SequenceNode) and not value.flow_style:
        yield "dash", value.start_mark.column - key.start_mark.column
