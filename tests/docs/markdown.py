"""The parts of a page of the documentation: blocks of code with their place, links, and headings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]

FENCE = re.compile(r"^(?P<marks>```+)(?P<language>[\w-]*) *(?P<info>.*)$")
HIDDEN = re.compile(r"^<!--(?P<language>python|console) *(?P<info>.*)$")
LINK = re.compile(r"(?<!\\)\[[^\]]*\]\((?P<target>[^)\s]+)\)|(?:src|href)=\"(?P<attribute>[^\"]+)\"")
HEADING = re.compile(r"^#{1,6} +(?P<text>.+?) *$")


@dataclass(frozen=True)
class Block:
    """A block of code. A hidden block is in an HTML comment."""

    language: str
    info: str
    text: str
    line: int
    """The number of its first line of code, from 1."""
    hidden: bool = False

    @property
    def title(self) -> str:
        """The name of the file whose content the block shows, if it has one: ```python title="shop/models.py"."""
        found = re.search(r'title="([^"]+)"', self.info)
        return found[1] if found else ""


def blocks(text: str) -> Iterator[Block]:
    """Every block, in order."""
    lines = iter(enumerate(text.splitlines(), 1))
    for number, line in lines:
        if fence := FENCE.match(line):
            end, hidden = fence["marks"], False
        elif fence := HIDDEN.match(line):
            end, hidden = "-->", True
        else:
            continue
        body = []
        for _, inner in lines:
            if inner.strip() == end:
                break
            body.append(inner)
        else:
            raise ValueError(f"The block that starts in line {number} never ends.")
        yield Block(fence["language"], fence["info"], "\n".join(body) + "\n", number + 1, hidden)


def prose(text: str) -> str:
    """The page without its blocks and without code in lines."""
    return "\n".join(re.sub(r"`[^`]*`", "`code`", line) for line in without_blocks(text))


def without_blocks(text: str) -> list[str]:
    """The lines of the page; a line of a block, or of a hidden part, is empty."""
    kept, end = [], ""
    for line in text.splitlines():
        if end:
            end = "" if line.strip() == end else end
        elif fence := FENCE.match(line):
            end = fence["marks"]
        elif HIDDEN.match(line):
            end = "-->"
        else:
            kept.append(line)
            continue
        kept.append("")
    return kept


def links(text: str) -> list[str]:
    """The targets of every link and image."""
    return [found["target"] or found["attribute"] for found in LINK.finditer(prose(text))]


def anchors(text: str) -> set[str]:
    """The names under which headings can be linked, as code hosts make them."""
    names: set[str] = set()
    in_block = ""
    for line in text.splitlines():
        if fence := FENCE.match(line):
            in_block = "" if line.strip() == in_block else in_block or fence["marks"]
        elif not in_block and (heading := HEADING.match(line)):
            plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading["text"]).lower()
            names.add(re.sub(r"[^\w\- ]", "", plain).strip().replace(" ", "-"))
    return names
