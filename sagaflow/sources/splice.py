"""Writes a changed document back into its YAML text: only the parts that changed are replaced.

The text and the intended document are compared node by node. Each difference becomes an edit of a range of the text, in
the style of the text. A step that moves takes along the comments above it. At the end the new text is read again: if it
is not the intended document, nothing is written.
"""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import yaml

from sagaflow.core.errors import SagaflowError
from sagaflow.core.json_value import Json
from sagaflow.core.payload import same
from sagaflow.sources import yaml_text
from sagaflow.sources.alignment import alike, longest_rise, name_of, pairs
from sagaflow.sources.places import Entry, Places, UnknownForm
from sagaflow.sources.rendering import Style, style_of

__all__ = ["CannotSplice", "patch", "splice", "written"]


class CannotSplice(SagaflowError):
    """The change cannot be written into the text as it stands. ``text`` is the whole document in a fresh text."""

    def __init__(self, message: str, text: str) -> None:
        super().__init__(message)
        self.text = text


def splice(text: str, intended: Mapping[str, Json]) -> str:
    """Return ``text`` with the changes that make it the document ``intended``; all other characters stay.

    Raises:
        InvalidPayload: ``text`` is not YAML that JSON can express.
        CannotSplice: the changed text would not be read as ``intended``.
    """
    before = yaml_text.parse(text, what="The text")
    if same(before, intended):
        return text
    if not isinstance(before, dict):
        raise CannotSplice("The text is not a mapping; write the definition as keys and values.", written(intended))
    try:
        changed = _Splice(text)
        result = changed.run(dict(intended))
        for end in ("", changed.style.eol):  # a literal block at the end of a text needs the end of its line
            if same(yaml_text.parse(result + end, what="The new text"), intended):
                return result + end
    except (UnknownForm, yaml.YAMLError, SagaflowError):
        pass
    raise CannotSplice(
        "The change cannot be written into the file without touching other lines; apply the patch by hand.",
        written(intended),
    )


def written(document: Mapping[str, Json]) -> str:
    """Return the text of a new file with ``document``."""
    return "\n".join(Style().block(dict(document))) + "\n"


def patch(path: str, before: str, after: str) -> str:
    """Return the change of the file ``path`` as a patch that `git apply` takes; empty if nothing changed."""
    lines = difflib.unified_diff(_lines(before), _lines(after), f"a/{path}", f"b/{path}")
    return "".join(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in lines)


def _lines(text: str) -> list[str]:
    """Split at line feeds only, as git does."""
    return [line + "\n" for line in text.split("\n")[:-1]] + [last for last in [text.rpartition("\n")[2]] if last]


@dataclass(frozen=True, order=True)
class _Edit:
    start: int
    end: int
    text: str


class _Splice:
    def __init__(self, text: str) -> None:
        self.text = text
        self.places = Places(text)
        self.root = self.places.root
        self.style = style_of(text, self.root)

    def run(self, intended: dict[str, Json]) -> str:
        edits = list(self.changes(Entry(0, 0, self.root), intended, flow=False))
        return self.apply(edits, 0, len(self.text))

    def apply(self, edits: list[_Edit], start: int, end: int) -> str:
        """Return the text from ``start`` to ``end`` with ``edits``, which must not overlap."""
        edits = sorted(edits, key=lambda edit: (edit.start, edit.end))
        if any(one.end > other.start for one, other in pairwise(edits)):
            raise UnknownForm
        parts, place = [], start
        for edit in edits:
            parts += [self.text[place : edit.start], edit.text]
            place = edit.end
        return "".join([*parts, self.text[place:end]])

    @cached_property
    def named_items(self) -> dict[str, list[tuple[Entry, Json]]]:
        """Every named item of a block list with its value, by its name."""
        items: dict[str, list[tuple[Entry, Json]]] = {}
        for entry in self._all_items(self.root):
            value = self.places.value(entry.node)
            if name := name_of(value):
                items.setdefault(name, []).append((entry, value))
        return items

    def _all_items(self, node: yaml.Node) -> Iterator[Entry]:
        if not isinstance(node, yaml.CollectionNode) or node.flow_style:
            return
        for entry in self.places.entries(node):
            if isinstance(node, yaml.SequenceNode):
                yield entry
            yield from self._all_items(entry.node)

    def changes(self, entry: Entry, value: Json, *, flow: bool) -> Iterator[_Edit]:
        """Yield the edits that turn the value of ``entry`` into ``value``. ``flow``: it stands between brackets."""
        node = entry.node
        old = self.places.value(node)
        if same(old, value) and type(old) is type(value):
            return
        if isinstance(value, dict) and isinstance(old, dict) and value and old and value.keys() & old.keys():
            yield from self._mapping(entry, value, flow=flow)
        elif isinstance(value, list) and isinstance(old, list) and value and old:
            yield from self._list(entry, old, value, flow=flow)
        else:
            yield from self._replaced(entry, value, flow=flow)

    def _replaced(self, entry: Entry, value: Json, *, flow: bool) -> Iterator[_Edit]:
        node, start, end = entry.node, entry.node.start_mark.index, self.places.end(entry.node)
        if node is self.root:
            raise UnknownForm
        was_inline = not (_is_block(node) or (isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")))
        if flow or (self.style.is_inline(value) and not _is_literal(self.style, value)):
            quote = (node.style or "") if isinstance(node, yaml.ScalarNode) and was_inline and end > start else None
            text = self.style.inline(value, quote) if not flow else self._flow_text(value, quote)
            if was_inline and end > start:
                yield _Edit(start, end, text)
            else:
                yield _Edit(entry.after, max(end, entry.after), " " + text)
            return
        if entry.key is None:
            lines = self.style.item(value)
            margin = " " * self.places.column(entry.anchor)
            text = self.style.eol.join([lines[0], *(margin + line if line else "" for line in lines[1:])])
            yield _Edit(entry.anchor, max(end, entry.after), text)
            return
        head, *lines = self.style.entry("k", value)
        margin = " " * self.places.column(entry.anchor)
        body = "".join(self.style.eol + (margin + line if line else "") for line in lines)
        if not was_inline:
            rest = self.text[end : self.places.line_end(end)]
            yield _Edit(entry.after, end + len(rest.rstrip("\r\n")), head.removeprefix("k:") + body)
            return
        yield _Edit(entry.after, max(end, entry.after), head.removeprefix("k:"))
        last = self.places.line_end(max(end, entry.after))
        last -= len(self.text[:last]) - len(self.text[:last].rstrip("\r\n")) if last > entry.after else 0
        yield _Edit(last, last, body)

    def _flow_text(self, value: Json, quote: str | None = None) -> str:
        return (
            self.style.inline(value) if isinstance(value, (dict, list)) else self.style.scalar(value, quote, flow=True)
        )

    def _mapping(self, entry: Entry, value: dict[str, Json], *, flow: bool) -> Iterator[_Edit]:
        node = entry.collection
        entries = self.places.entries(node)
        kept = [one for one in entries if one.name in value]
        if not node.flow_style and entries[0].name not in value and not self.places.starts_line(entries[0].anchor):
            yield from self._replaced(entry, value, flow=flow)
            return
        for one in kept:
            yield from self.changes(one, value[one.name], flow=flow or bool(node.flow_style))
        gone = [index for index, one in enumerate(entries) if one.name not in value]
        old_names = {one.name for one in entries}
        if node.flow_style:
            new = [
                (
                    self._anchor_of(key, value, kept),
                    f"{self.style.scalar(key, '', flow=True)}: {self._flow_text(value[key])}",
                )
                for key in value
                if key not in old_names
            ]
            yield from self._flow(entries, gone, new)
            return
        yield from (_Edit(*self.places.block(entries[index]), "") for index in gone)
        for key in (key for key in value if key not in old_names):
            lines = self.style.entry(key, value[key])
            before = self._anchor_of(key, value, kept)
            yield self._lines_at(lines, kept, before)

    def _anchor_of(self, key: str, value: dict[str, Json], kept: Sequence[Entry]) -> int:
        """Return the index in ``kept`` of the entry after which ``key`` is inserted; -1: before the first."""
        place = {one.name: index for index, one in enumerate(kept)}
        before = [place[name] for name in list(value)[: list(value).index(key)] if name in place]
        return before[-1] if before else -1

    def _lines_at(self, lines: list[str], kept: Sequence[Entry], after: int) -> _Edit:
        """Return the edit that inserts ``lines`` after the entry ``after`` of ``kept``, or before the first one."""
        anchor = kept[max(after, 0)]
        margin = " " * self.places.column(anchor.anchor)
        if after < 0 and not self.places.starts_line(anchor.anchor):
            text = "".join(
                (line and (margin if number else "") + line) + self.style.eol for number, line in enumerate(lines)
            )
            return _Edit(anchor.anchor, anchor.anchor, text + margin)
        text = "".join((margin + line if line else "") + self.style.eol for line in lines)
        start, end = self.places.block(anchor)
        return self._insertion(start if after < 0 else end, text)

    def _insertion(self, place: int, text: str) -> _Edit:
        """Return the insertion of whole lines at the start of a line, or after a last line that has no end."""
        if place == len(self.text) and self.text and self.text[-1] not in "\r\n":
            text = self.style.eol + text.removesuffix(self.style.eol)
        return _Edit(place, place, text)

    def _list(self, entry: Entry, old: list[Json], new: list[Json], *, flow: bool) -> Iterator[_Edit]:
        node = entry.collection
        entries = self.places.entries(node)
        source = pairs(old, new)
        staying = longest_rise([index for index in source if index is not None])
        place, after = -1, []
        for index in source:
            after.append(place)
            place = index if index in staying else place
        gone = [index for index in range(len(old)) if index not in staying]
        if node.flow_style:
            for index in staying:
                yield from self.changes(entries[index], new[source.index(index)], flow=True)
            kept = [entries[index] for index in sorted(staying)]
            order = {index: position for position, index in enumerate(sorted(staying))}
            added = [
                (order.get(before, -1), self._moved_flow(entries, index, value))
                for value, index, before in zip(new, source, after, strict=True)
                if index not in staying
            ]
            yield from self._flow(entries, gone, added, kept)
            return
        if not all(self.places.starts_line(one.anchor) for one in entries):
            yield from self._replaced(entry, new, flow=flow)
            return
        yield from self._block_list(entries, new, source, after, staying)

    def _block_list(
        self,
        entries: list[Entry],
        new: list[Json],
        source: list[int | None],
        after: list[int],
        staying: set[int],
    ) -> Iterator[_Edit]:
        blocks = [self.places.block(one) for one in entries]
        spaced = self._is_spaced(blocks)
        for index in range(len(entries)):
            if index not in staying:
                yield self._removal(blocks, index, next_stays=index + 1 in staying)
        column = self.places.column(entries[0].anchor)
        inserted: dict[int, list[str]] = {}
        for value, origin, before in zip(new, source, after, strict=True):
            if origin is not None and origin in staying:
                yield from self.changes(entries[origin], value, flow=False)
            else:
                inserted.setdefault(before, []).append(self._item_text(entries, origin, value, column))
        for before, texts in inserted.items():
            blank = self.style.eol if spaced else ""
            if before < 0:
                yield self._insertion(
                    blocks[min(staying)][0] if staying else blocks[0][0], "".join(text + blank for text in texts)
                )
            else:
                yield self._insertion(blocks[before][1], "".join(blank + text for text in texts))

    def _is_spaced(self, blocks: list[tuple[int, int]]) -> bool:
        """True if most items have an empty line between them."""
        gaps = [self.text[one[1] : other[0]] for one, other in pairwise(blocks)]
        return sum(1 for gap in gaps if gap and not gap.strip()) * 2 > len(gaps)

    def _removal(self, blocks: list[tuple[int, int]], index: int, *, next_stays: bool) -> _Edit:
        """Return the edit that removes an item, with the empty lines above it; of the first item, those below it."""
        start, end = blocks[index]
        if index and not self.text[blocks[index - 1][1] : start].strip():
            return _Edit(blocks[index - 1][1], end, "")
        if not index and next_stays and not self.text[end : blocks[1][0]].strip():
            return _Edit(start, blocks[1][0], "")
        return _Edit(start, end, "")

    def _item_text(self, entries: list[Entry], index: int | None, value: Json, column: int) -> str:
        """Return the lines of a moved or a new item, with a dash in ``column``."""
        elsewhere = self.named_items.get(name_of(value), [])
        origin = (
            entries[index] if index is not None else next((one for one, old in elsewhere if alike(old, value)), None)
        )
        if origin is None or not self.places.starts_line(origin.anchor):
            margin = " " * column
            lines = self.style.item(value)
            return "".join((margin + line if line else "") + self.style.eol for line in lines)
        start, end = self.places.block(origin)
        text = self.apply(list(self.changes(origin, value, flow=False)), start, end)
        text = text if text.endswith(("\n", "\r")) else text + self.style.eol
        return _shifted(text, column - self.places.column(origin.anchor))

    def _moved_flow(self, entries: list[Entry], index: int | None, value: Json) -> str:
        if index is None:
            return self._flow_text(value)
        entry = entries[index]
        edits = list(self.changes(entry, value, flow=True))
        return self.apply(edits, entry.anchor, self.places.end(entry.node))

    def _flow(
        self,
        entries: list[Entry],
        gone: list[int],
        new: list[tuple[int, str]],
        kept: Sequence[Entry] | None = None,
    ) -> Iterator[_Edit]:
        """Yield the edits of a collection between brackets. ``new`` has the index in ``kept`` that each comes after."""
        if kept is None:
            kept = [one for index, one in enumerate(entries) if index not in gone]
        ends = [max(self.places.end(one.node), one.after if one.key is not None else 0) for one in entries]
        if not kept:
            yield _Edit(entries[0].anchor, ends[-1], ", ".join(text for _, text in new))
            return
        first = min(index for index in range(len(entries)) if index not in gone)
        for index in gone:
            if index < first:
                yield _Edit(entries[index].anchor, entries[index + 1].anchor, "")
            else:
                yield _Edit(ends[index - 1], ends[index], "")
        for after in sorted({after for after, _ in new}):
            texts = [text for place, text in new if place == after]
            if after < 0:
                yield _Edit(kept[0].anchor, kept[0].anchor, "".join(text + ", " for text in texts))
            else:
                end = ends[entries.index(kept[after])]
                yield _Edit(end, end, "".join(", " + text for text in texts))


def _is_block(node: yaml.Node) -> bool:
    return isinstance(node, yaml.CollectionNode) and bool(node.value) and not node.flow_style


def _is_literal(style: Style, value: Json) -> bool:
    return isinstance(value, str) and len(style.entry("k", value)) > 1


def _shifted(text: str, by: int) -> str:
    """Return ``text`` with each line indented by ``by`` more spaces; negative: by fewer."""
    lines = _lines(text)
    if by < 0:
        return "".join(line[min(-by, len(line) - len(line.lstrip(" "))) :] for line in lines)
    return "".join(" " * by + line if line.strip() else line for line in lines)
