"""Without a gap between two schemas, one refuses no value that the other allows; each gap has a place and a reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagaflow.core.contracts.comparison import Gap, Why, gaps
from sagaflow.core.halting import Stopped, halted_by
from sagaflow.core.schemas.json_schema import violations
from tests.core.thoroughness import examples

pytestmark = pytest.mark.quick

NAMES = st.sampled_from(["a", "b"])
PLAIN = st.sampled_from([None, True, False, 0, 1, 1.0, 1.5, "", "a"])
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=2), max_leaves=4
)
TYPES = st.sampled_from(["null", "boolean", "integer", "number", "string", "array", "object"])
LEAVES = st.fixed_dictionaries(
    {},
    optional={
        "type": TYPES | st.lists(TYPES, min_size=1, max_size=2, unique=True),
        "enum": st.lists(VALUES, min_size=1, max_size=3),
        "const": VALUES,
        "minLength": st.integers(0, 1),
        "title": st.just("for people"),
    },
)


def around(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """Return schemas that have others inside."""
    either = inner | st.booleans()
    fields = st.fixed_dictionaries(
        {},
        optional={
            "type": st.just("object") | TYPES,
            "properties": st.dictionaries(NAMES, either, max_size=2),
            "required": st.lists(NAMES, max_size=2, unique=True),
            "additionalProperties": either,
            "items": either,
            "patternProperties": st.dictionaries(st.just("^a"), either, max_size=1),
            "allOf": st.lists(either, min_size=1, max_size=2),
            "not": either,
        },
    )
    several = st.lists(either, min_size=1, max_size=2)
    return fields | several.map(lambda parts: {"anyOf": parts}) | several.map(lambda parts: {"oneOf": parts})


SCHEMAS = st.recursive(LEAVES, around, max_leaves=5)


@given(SCHEMAS, SCHEMAS | st.none(), st.lists(VALUES, min_size=1, max_size=6))
@examples(1000)
def test_without_a_gap_every_value_that_is_allowed_is_allowed_there_too(allowing, refusing, values):
    other = allowing if refusing is None else refusing
    if list(gaps(allowing, other)):
        return
    for value in values:
        assert violations(allowing, value) or not violations(other, value), f"{value} is refused"


@given(SCHEMAS)
@examples(300)
def test_a_schema_has_no_gap_to_itself(schema):
    assert list(gaps(schema, schema)) == []


OPEN = {"type": "object", "properties": {"a": {"type": "string"}}}
CLOSED = OPEN | {"additionalProperties": False}


@pytest.mark.parametrize(
    ("allowing", "refusing", "expected"),
    [
        ({"type": "number"}, {"type": "integer"}, [Gap("", Why.TYPE, "number")]),
        ({"type": "integer"}, {"type": "number"}, []),
        ({"type": ["string", "null"]}, {"type": "string"}, [Gap("", Why.TYPE, "null")]),
        ({}, {"type": ["string", "number", "boolean", "array", "object"]}, [Gap("", Why.TYPE, "null")]),
        ({"type": "number"}, {"type": "string"}, [Gap("", Why.TYPE, "number")]),
        ({"type": ["null", "boolean", "string"]}, {"type": "string"}, [Gap("", Why.TYPE, "null or boolean")]),
        ({"type": ["null", "boolean", "array"]}, {"type": "string"}, [Gap("", Why.TYPE, "another type")]),
        ({"type": "object"}, {"type": "string", "required": ["a"]}, [Gap("", Why.TYPE, "object")]),
        ({"type": "string"}, {"type": "object", "required": ["a"]}, [Gap("", Why.TYPE, "string")]),
        ({"type": "array"}, {"type": "string", "items": False}, [Gap("", Why.TYPE, "array")]),
        ({"type": "string"}, {"type": "array", "items": False}, [Gap("", Why.TYPE, "string")]),
        ({"maxLength": 3}, {"maxLength": 3}, []),
        ({"maxLength": 3}, {"maxLength": 2}, [Gap("", Why.KEYWORD, "maxLength")]),
        ({"maxLength": 2}, {"maxLength": 3}, [Gap("", Why.KEYWORD, "maxLength")]),
        ({"enum": [1, 2]}, {"type": "integer"}, []),
        ({"enum": [1, "a"]}, {"enum": [1]}, [Gap("", Why.TYPE, "string"), Gap("", Why.VALUES)]),
        ({"const": True}, {"const": 1}, [Gap("", Why.TYPE, "boolean"), Gap("", Why.VALUES)]),
        ({"type": "string"}, {"type": "string", "minLength": 1}, [Gap("", Why.KEYWORD, "minLength")]),
        ({"type": "string", "minLength": 1}, {"type": "string"}, []),
        (OPEN, OPEN | {"required": ["a"]}, [Gap("/a", Why.MISSING)]),
        (OPEN | {"required": ["a"]}, OPEN, []),
        ({"type": "object"}, OPEN, [Gap("/a", Why.UNLISTED)]),
        (CLOSED | {"properties": {}}, CLOSED, []),
        (OPEN, CLOSED, [Gap("", Why.FIELDS)]),
        (CLOSED, OPEN, []),
        (CLOSED | {"properties": OPEN["properties"] | {"b": {}}}, CLOSED, [Gap("/b", Why.FIELD)]),
        (
            {"type": "array"},
            {"type": "array", "items": OPEN},
            [
                Gap("/*", Why.TYPE, "another type"),
                Gap("/*/a", Why.UNLISTED),
            ],
        ),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, {"type": "string"}, [Gap("", Why.TYPE, "null")]),
        ({"type": "string"}, {"anyOf": [{"type": "string"}, {"type": "null"}]}, []),
        ({"type": "array"}, {"anyOf": [{"type": "string"}, {"type": "null"}]}, [Gap("", Why.VALUES)]),
        ({"$ref": "#/$defs/a"}, {"type": "string"}, [Gap("", Why.KEYWORD, "$ref")]),
        ({"type": "object", "patternProperties": {"^a": {}}}, OPEN, [Gap("", Why.KEYWORD, "patternProperties")]),
        (True, False, [Gap("", Why.VALUES)]),
        (False, {"type": "string"}, []),
        ({"type": "array", "items": [{}]}, {"type": "array"}, [Gap("", Why.KEYWORD, "items")]),
    ],
)
def test_each_gap_has_a_place_and_a_reason(allowing, refusing, expected):
    assert list(gaps(allowing, refusing)) == expected


def test_the_search_ends_with_the_time_of_its_caller():
    with halted_by(lambda: True), pytest.raises(Stopped):
        list(gaps({"type": "string"}, {"type": "null"}))
