"""Finds the text that people read in this repository: pages, docstrings, comments, messages and templates."""

import ast
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatch
from pathlib import Path

from tests.docs.markdown import ROOT, without_blocks


class Kind(Enum):
    """The sort of text that a passage is."""

    PAGE = "page"
    DOCSTRING = "docstring"
    COMMENT = "comment"
    MESSAGE = "message"
    TEMPLATE = "template"


@dataclass(frozen=True)
class Passage:
    """A stretch of text that belongs together. It has the line breaks of its file, so that lines can be counted."""

    kind: Kind
    source: str
    line: int = 1
    """The line of the file in which the text begins, from 1."""

    @property
    def text(self) -> str:
        """The words alone: without the code between backticks and without the targets of links."""
        return TARGET.sub("", CODE.sub(_code, self.source))


READ = ("*.md", "*.py", "*.html", "*.js", "*.css", "*.toml", "*.in", "Makefile")
PYTHON = ("sagaflow", "designer", "examples", "config", "tests", "benchmarks")
MESSAGES = ("sagaflow", "designer", "examples", "config")
"""The packages whose string literals users get to see."""
SKIPPED = re.compile(r"/(\.|node_modules/|var/|migrations/)")

CODE = re.compile(r"``[^`]+``|`[^`\n]+`")
TARGET = re.compile(r"(?<=\])\([^)\s]+\)")

COMMENT_OR_STRING = re.compile(
    r"""\"{3}(?:\\.|[^\\])*?\"{3}|'{3}(?:\\.|[^\\])*?'{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|#(?P<comment>[^\n]*)""",
    re.DOTALL,
)
"""A comment of Python, or a string, in which a hash begins none. The tokenizer of Python takes 15 times as long."""
COMMENT_IN_CONFIGURATION = re.compile(r"(?:^|(?<=\s))#+ (?P<text>[^\n]*)", re.MULTILINE)
COMMENT_IN_JS = re.compile(r"/\*(?P<block>.*?)\*/|(?<![:\"'`\\])//(?P<line>[^\n]*)", re.DOTALL)
LITERAL_IN_JS = re.compile(r"([\"'`])(?P<text>(?:\\.|(?!\1)[^\\\n])*)\1")
TAG = re.compile(
    r"<!--.*?-->|\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<(?:script|style)\b.*?</(?:script|style)>|<[^>]*>", re.DOTALL
)
ATTRIBUTE = re.compile(r"\b(?:title|alt|placeholder|aria-label|content)=\"([^\"]*)\"")
QUOTED = re.compile(r"\"([^\"]*)\"")
FEWEST_WORDS = 3


def files(root: Path = ROOT) -> Iterator[Path]:
    """Every file of our own that holds text for people, in order."""
    for folder, folders, names in os.walk(root):
        place = Path(folder).relative_to(root).as_posix()
        folders[:] = sorted(name for name in folders if not SKIPPED.search(f"{place}/{name}/"))
        python = place.startswith((".", *PYTHON))
        for name in sorted(names):
            read = not name.startswith(".") and any(fnmatch(name, pattern) for pattern in READ)
            if read and (python or not name.endswith(".py")):
                yield Path(folder) / name


def passages(path: Path) -> Iterator[Passage]:
    """Every passage of a file."""
    text = path.read_text(encoding="utf-8")
    match path.suffix:
        case ".md":
            yield from of_page(text)
        case ".py":
            with_messages = path.relative_to(ROOT).parts[0] in MESSAGES
            yield from of_python(text, with_messages=with_messages)
        case ".html":
            yield Passage(Kind.TEMPLATE, TAG.sub(_shown, text))
        case ".toml" | ".in" | "":
            yield from of_configuration(text)
        case _:
            yield from of_script(text, with_messages=path.suffix == ".js")


def of_page(text: str) -> Iterator[Passage]:
    """A page of Markdown as one passage. Blocks of code are empty lines in it, and code in lines is left out."""
    kept: list[str] = []
    for line in without_blocks(text):
        indented = line.startswith("    ") and not (kept and kept[-1])
        kept.append("" if indented else line)
    yield Passage(Kind.PAGE, "\n".join(kept))


def of_python(text: str, *, with_messages: bool) -> Iterator[Passage]:
    """Docstrings, also those below assignments, and comments; if asked for, literals of a few words as well."""
    nodes = list(ast.walk(ast.parse(text)))
    docstrings = {node.value for node in nodes if isinstance(node, ast.Expr)}
    inside = {part for node in nodes if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in inside:
            if node in docstrings:
                yield Passage(Kind.DOCSTRING, node.value, node.lineno)
            elif with_messages and len(node.value.split()) >= FEWEST_WORDS:
                yield Passage(Kind.MESSAGE, node.value, node.lineno)
        elif isinstance(node, ast.JoinedStr) and with_messages:
            written = "".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
            if len(written.split()) >= FEWEST_WORDS:
                yield Passage(Kind.MESSAGE, written, node.lineno)
    yield from _comments(text)


def _comments(text: str) -> Iterator[Passage]:
    """Comments of Python; lines of comment that follow each other are one passage."""
    lines: list[str] = []
    first = line = 1
    place = 0
    for found in COMMENT_OR_STRING.finditer(text):
        if found["comment"] is None:
            continue
        line += text.count("\n", place, found.start())
        place = found.start()
        alone = not text[text.rfind("\n", 0, place) + 1 : place].strip()
        if lines and (line != first + len(lines) or not alone):
            yield Passage(Kind.COMMENT, "\n".join(lines), first)
            lines = []
        first = first if lines else line
        lines.append(found["comment"])
    if lines:
        yield Passage(Kind.COMMENT, "\n".join(lines), first)


def of_configuration(text: str) -> Iterator[Passage]:
    """Comments of TOML, of lists of requirements and of the Makefile."""
    for found in COMMENT_IN_CONFIGURATION.finditer(text):
        yield Passage(Kind.COMMENT, found["text"], text.count("\n", 0, found.start()) + 1)


def of_script(text: str, *, with_messages: bool) -> Iterator[Passage]:
    """Comments of JavaScript and CSS; if asked for, literals of a few words as well."""
    for found in COMMENT_IN_JS.finditer(text):
        words = re.sub(r"(?m)^\s*\*", "", found["block"] or found["line"] or "")
        yield Passage(Kind.COMMENT, words, text.count("\n", 0, found.start()) + 1)
    code = COMMENT_IN_JS.sub(_blank, text)
    for found in LITERAL_IN_JS.finditer(code) if with_messages else ():
        if len(found["text"].split()) >= FEWEST_WORDS:
            yield Passage(Kind.MESSAGE, found["text"], code.count("\n", 0, found.start()) + 1)


def _shown(tag: re.Match[str]) -> str:
    """The text that a tag of a template shows or explains, with as many line breaks as the tag has."""
    if tag[0].startswith("{#"):
        return tag[0][2:-2]
    shown: list[str] = []
    if tag[0].startswith("{"):
        shown = [words for words in QUOTED.findall(tag[0]) if " " in words]
    elif not tag[0].startswith(("<!--", "<script", "<style")):
        shown = ATTRIBUTE.findall(tag[0])
    return f" {' … '.join(' '.join(words.split()) for words in shown)} {_blank(tag)}"


def _blank(found: re.Match[str]) -> str:
    return "\n" * found[0].count("\n")


def _code(found: re.Match[str]) -> str:
    return f"`code{_blank(found)}`"
