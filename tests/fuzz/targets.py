"""The doors that are fuzzed: each reads an input, and may refuse it with one class of errors only."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from hypothesis import strategies as st

from designer.canvas.operations import Refused, apply, read
from designer.live import protocol
from sagaflow.core.definition import document
from sagaflow.core.definition.document_schema import schema
from sagaflow.core.definition.sketch import sketch
from sagaflow.core.errors import InvalidDefinition, InvalidPayload
from sagaflow.core.lint import lint
from sagaflow.core.words import run_query
from sagaflow.sources import yaml_text
from tests.canvas.gestures import gestures
from tests.core.strategies import sagas

__all__ = ["TARGETS", "Target"]


@dataclass(frozen=True)
class Target:
    """A door with the inputs that it gets."""

    inputs: st.SearchStrategy[Any]
    reads: Callable[[Any], object]
    refuses: tuple[type[Exception], ...] = ()


def keys_of(part: Any) -> set[str]:
    """Return every key that a schema knows, at any depth."""
    if isinstance(part, list):
        return set().union(*map(keys_of, part))
    if not isinstance(part, dict):
        return set()
    own = set(part["properties"]) if isinstance(part.get("properties"), dict) else set()
    return own.union(*map(keys_of, part.values()))


KEYS = st.sampled_from(sorted(keys_of(schema())))
WORDS = st.sampled_from(["s0", "s1", "main", "a.b", "Done", "saga", "/input/x", "/steps/s0/y", "/output", "steps", ""])
SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.integers() | st.floats() | WORDS | st.text(max_size=8)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | WORDS, inner, max_size=3),
    max_leaves=10,
)
WHOLE = st.builds(document.dump, sagas(kinds=("call", "event", "timer", "approval", "saga"), with_ornaments=True))


@st.composite
def documents(draw: st.DrawFn) -> Any:
    """A valid document in which some places have other values, or none."""
    whole = json.loads(json.dumps(draw(WHOLE)))
    for _ in range(draw(st.integers(0, 4))):
        _change(draw, whole)
    return whole


def _change(draw: st.DrawFn, whole: Any) -> None:
    holder = whole
    while True:
        places = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        if not places:
            return
        key = draw(st.sampled_from(places))
        if isinstance(holder[key], dict | list) and holder[key] and draw(st.integers(0, 3)):
            holder = holder[key]
            continue
        match draw(st.sampled_from(["change", "delete", "add", "double"])):
            case "delete":
                del holder[key]
            case "add" if isinstance(holder, dict):
                holder[draw(KEYS)] = draw(VALUES)
            case "double" if isinstance(holder, list):
                holder.append(holder[key])
            case _:
                holder[key] = draw(VALUES)
        return


def read_definition(data: Any) -> None:
    """A definition without faults can be linted, and its document means the same."""
    saga = document.load(data)
    lint(saga)
    assert document.load(document.dump(saga)).digest == saga.digest


def read_sketch(data: Any) -> None:
    """Every draft can be sketched, and its faults can be listed."""
    sketch(data)
    document.problems(data)


TEXTS = st.text(max_size=200) | st.lists(
    st.sampled_from(
        [*"[]{}:,-?&*!|>%@`'\"# \n\t", "name", "s0", "<<: *a", "&a ", "!!binary ", "1e999", "0x", ": ", "- "]
    ),
    max_size=60,
).map("".join)


def read_yaml(text: str) -> None:
    """The value of a YAML text can be written as YAML again."""
    value = yaml_text.parse(text, what="The text")
    assert yaml_text.parse(yaml.safe_dump(value, allow_unicode=True), what="The text") == value


FRAMES = st.text(max_size=100) | st.builds(
    json.dumps,
    VALUES
    | st.fixed_dictionaries(
        {"type": st.sampled_from(["show", "catch_up"]) | VALUES},
        optional={"runs": st.lists(st.uuids().map(str) | VALUES)},
    ),
)
TERMS = st.lists(
    st.sampled_from(
        ["saga:", "status:", "is:", "step:", "started:", "-", '"', "\\", "(", " ", "=", ">", "<", ":", "parked"]
    )
    | st.text(max_size=5),
    max_size=20,
).map("".join)


def read_filter(text: str) -> None:
    """Every text is a filter, perhaps with faults that lie inside the text."""
    query, faults = run_query.parse(text)
    assert all(0 <= fault.start <= fault.end <= len(text) for fault in faults)
    assert len(query.words) <= run_query.MOST_TERMS


@st.composite
def edits(draw: st.DrawFn) -> Any:
    """A gesture on a document; often a field of it, or a place of the document, has another value."""
    whole = json.loads(json.dumps(draw(WHOLE)))
    data = draw(gestures(whole)).document()
    for _ in range(draw(st.integers(0, 2))):
        _change(draw, whole)
    if draw(st.booleans()):
        _change(draw, data)
    return whole, data


def read_edit(given: Any) -> None:
    """An operation is refused, or gives a document that can be sketched, and its undo is an operation again."""
    whole, data = given
    edit = apply(whole, read(data))
    sketch(edit.document)
    apply(edit.document, read(json.loads(json.dumps(edit.undo.document()))))


TARGETS: Mapping[str, Target] = {
    "frames": Target(FRAMES, lambda text: protocol.read(text, None), (protocol.BadFrame,)),
    "filters": Target(TERMS, read_filter),
    "YAML": Target(TEXTS, read_yaml, (InvalidPayload,)),
    "drafts": Target(documents(), read_sketch),
    "definitions": Target(documents() | VALUES, read_definition, (InvalidDefinition,)),
    "edits": Target(edits(), read_edit, (Refused,)),
}
