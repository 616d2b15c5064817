"""The faults of an input schema, each with its place. They are found when a definition is made, not when it runs.

``oddities`` are valid, but hardly meant: the linter tells them.
"""

import json
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from itertools import islice
from typing import Any

from sagaflow.core.json_value import Json
from sagaflow.core.payload import canonical, payload_faults
from sagaflow.core.schemas.defaults import fill
from sagaflow.core.schemas.json_schema import (
    DRAFTS,
    LATEST,
    Costly,
    Nowhere,
    Schema,
    best_match,
    budget,
    compiled,
    spend,
)
from sagaflow.core.schemas.patterns import pattern_fault
from sagaflow.core.schemas.schema_parts import REFERENCES, Part, inner, root, target
from sagaflow.core.schemas.wording import place
from sagaflow.core.suggestions import did_you_mean, limited, misspelt

__all__ = ["oddities", "schema_faults"]

CHECKS_NOTHING = frozenset(
    (
        *("$anchor", "$comment", "$dynamicAnchor", "$id", "$recursiveAnchor", "$schema", "$vocabulary", "id"),
        *("contentEncoding", "contentMediaType", "contentSchema", "maxContains", "minContains"),
        *("default", "deprecated", "description", "examples", "readOnly", "title", "writeOnly"),
    )
)
"""The keywords of the drafts that check nothing by themselves."""
KEYWORDS = frozenset().union(*(kind.VALIDATORS for kind in DRAFTS.values()))
"""The keywords of all drafts."""
BORROWED = frozenset(("example",))
"""Words of OpenAPI that are like a keyword."""
A_PATTERN = 1000
"""The comparisons that count for compiling one regular expression."""
MOST_FAULTS = 20
LONGEST_MESSAGE = 200


def schema_faults(schema: object) -> tuple[str, ...]:
    """Return the reasons why a schema cannot be used, as sentences without full stops; empty: it can be used."""
    if faults := payload_faults(schema, "input_schema"):
        return tuple(faults)
    if not isinstance(schema, Mapping):
        return (f"input_schema is a {type(schema).__name__}; give an object",)
    return _known(canonical(schema))


def oddities(schema: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Return what is hardly meant in a schema, as sentences with remedies: keywords that its draft does not have and
    that are like one it has, and examples that their own schema refuses. It is empty for a schema with faults.
    """
    return () if schema is None or schema_faults(schema) else _odd(canonical(schema))


@lru_cache(maxsize=256)
def _odd(text: str) -> tuple[str, ...]:
    document = json.loads(text)
    found: list[str] = []
    try:
        with budget(document), limited():
            look = _Look(compiled(document))
            list(look.faults())
            found.extend(islice(look.oddities(), MOST_FAULTS))
    except Costly:  # one of its examples is too large to be compared
        pass
    return tuple(found)


@lru_cache(maxsize=256)
def _known(text: str) -> tuple[str, ...]:
    return tuple(islice(dict.fromkeys(_faults(json.loads(text))), MOST_FAULTS))


def _faults(document: Json) -> Iterator[str]:
    named = document.get("$schema", LATEST)
    if str(named).rstrip("#") not in DRAFTS:
        known = ", ".join(f"'{draft}'" for draft in DRAFTS)
        yield f"input_schema/$schema is '{str(named)[:100]}'; use one of {known}, or leave it out for the first"
        return
    try:
        with budget(document):
            yield from _Look(compiled(document)).faults()
    except Costly as costly:
        yield f"input_schema cannot be used: {costly}; simplify it"


@dataclass(slots=True)
class _Look:
    """The check of every part of one schema."""

    schema: Schema
    around: dict[int, set[int]] = field(default_factory=dict)
    """The parts that each part applies to the same value."""
    parts: list[Part] = field(default_factory=list)

    def faults(self) -> Iterator[str]:
        """Yield all faults. Parts that depend on a broken part are not checked."""
        faults = list(self._of_form(self.schema.document, ""))
        todo = [root(self.schema)]
        while todo and not faults:
            part = todo.pop()
            faults += self._address(part)
            if id(part.schema) not in self.around:
                self.around[id(part.schema)] = set()
                self.parts.append(part)
                faults += [*self._patterns(part), *self._go_on(part, todo)]
        yield from faults or self._endless() or self._tried()

    def oddities(self) -> Iterator[str]:
        """Yield what is hardly meant in the parts that ``faults`` has found. The caller has opened a budget."""
        known = self.schema.keywords | CHECKS_NOTHING
        for part in self.parts:
            for keyword in part.schema:
                if keyword not in known and (close := _meant(keyword, known)):
                    yield _sentence(
                        part.path, f"'{keyword}' is not a keyword of JSON Schema and checks nothing; {close}"
                    )
            examples = part.schema.get("examples")  # any value, where the draft does not know the keyword
            for at, example in enumerate(examples if isinstance(examples, list) else ()):
                value = fill(self.schema, [part], example)
                for error in self.schema.errors(value, part.schema, part.resolver)[:1]:
                    why = f"/{place(error.absolute_path)}: {error.message}; correct the example, or the schema"
                    yield _sentence(f"{part.path}/examples/{at}", why)

    def _of_form(self, schema: object, path: str) -> Iterator[str]:
        """Yield what breaks the rules of the draft."""
        for error in self.schema.misfits(schema):
            best = best_match([error])
            best = best.context[0] if best.context else best
            yield _sentence(f"{path}/{'/'.join(map(str, best.absolute_path))}".rstrip("/"), best.message)

    def _address(self, part: Part) -> Iterator[str]:
        if not self.schema.has_address(part.schema):
            yield _sentence(part.path, "its address ($id, in draft 4 id) cannot be read; correct it, or leave it out")

    def _patterns(self, part: Part) -> Iterator[str]:
        named = part.schema.get("patternProperties")
        patterns = [("pattern", part.schema["pattern"])] if "pattern" in part.schema else []
        patterns += [("patternProperties", name) for name in named] if isinstance(named, Mapping) else []
        for keyword, pattern in patterns:
            spend(A_PATTERN)
            if why := pattern_fault(pattern):
                yield _sentence(f"{part.path}/{keyword}", why)

    def _go_on(self, part: Part, todo: list[Part]) -> Iterator[str]:
        """Add the parts inside and the referenced ones to ``todo``. They have to be schemas themselves."""
        for child in inner(self.schema, part):
            todo.append(child)
            if child.same_place:
                self.around[id(part.schema)].add(id(child.schema))
        for keyword in REFERENCES:
            if keyword not in part.schema or keyword not in self.schema.keywords:
                continue
            try:
                referenced = target(self.schema, part, part.schema[keyword])
            except Nowhere as error:
                yield _sentence(f"{part.path}/{keyword}", str(error))
                continue
            if referenced is not None:
                self.around[id(part.schema)].add(id(referenced.schema))
                yield from self._of_form(referenced.schema, referenced.path)
                todo.append(referenced)

    def _endless(self) -> list[str]:
        try:
            TopologicalSorter(self.around).prepare()
        except CycleError as error:
            circle = set(error.args[1])
            path = next(part.path for part in self.parts if id(part.schema) in circle)
            return [_sentence(path, "it refers to itself for one and the same value, without end; break the circle")]
        return []

    def _tried(self) -> list[str]:
        """Check each default by its own schema: a refused default would make every input that relies on it invalid."""
        faults: list[str] = []
        tried: tuple[Any, ...] = (None, {}, [])
        for value in tried:  # a schema that is too costly for these is too costly for every input
            self.schema.errors(value)
        for part in self.parts:
            value = fill(self.schema, [part], part.schema.get("default"))
            errors = self.schema.errors(value, part.schema, part.resolver) if "default" in part.schema else []
            faults += [_sentence(f"{part.path}/default", error.message) for error in errors[:1]]
        return faults


def _meant(keyword: str, known: frozenset[str]) -> str:
    """Return the question with the keywords that an unknown one may stand for; empty: it is one of its own."""
    if keyword in KEYWORDS:  # of another draft
        return did_you_mean(keyword, known)
    letters = keyword.removeprefix("$")
    extends = any(keyword.startswith(each) and keyword[len(each) :][:1].isupper() for each in known)
    is_own = keyword in BORROWED or extends or not (letters.isascii() and letters.isalpha())
    return "" if is_own else misspelt(keyword, known, fixed=True)


def _sentence(path: str, message: str) -> str:
    return f"input_schema{path}: {textwrap.shorten(message, LONGEST_MESSAGE)}"
