"""One strict parser refuses every value that one of the databases would refuse or read differently."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagaflow.core.errors import InvalidPayload
from sagaflow.core.payload import MAX_DEPTH, MAX_SIZE, canonical, checked, parse, same

TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=("Cs",)), max_size=5)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=10,
)

REFUSED_TEXTS = [
    ("{", "not JSON"),
    ("", "not JSON"),
    ("NaN", "NaN"),
    ("[Infinity]", "Infinity"),
    ("[-Infinity]", "-Infinity"),
    ("1e999", "inf"),
    ('{"a": 1, "b": 2, "a": 3}', "'a' twice"),
    ('"\\u0000"', "NUL"),
    ('{"\\u0000": 1}', "NUL"),
    ('{"a": ["\\ud800"]}', "surrogate pair at /a/0"),
    ("9223372036854775808", "64 bits"),
    ("-9223372036854775809", "64 bits at /"),
    ("[" * 200 + "]" * 200, "nested deeper"),
    ("[" * 100_000 + "]" * 100_000, "nested deeper"),
    (json.dumps("x" * MAX_SIZE), "limit"),
    (b"\xff\xfe", "UTF-8"),
]

REFUSED_VALUES = [
    (math.nan, "nan"),
    ({"a": math.inf}, "/a"),
    ({1: "a"}, "keys are strings"),
    ({"a": {1, 2}}, "/a is a set"),
    (b"bytes", "bytes"),
    ("\x00", "NUL"),
    ("\udc00", "surrogate"),
    (2**63, "64 bits"),
    (["é" * MAX_SIZE], "limit"),
]


@pytest.mark.parametrize(("text", "says"), REFUSED_TEXTS, ids=[str(row[0])[:20] for row in REFUSED_TEXTS])
def test_a_text_that_breaks_a_rule_is_refused(text, says):
    with pytest.raises(InvalidPayload, match=says.replace("/", "/")):
        parse(text, what="The input")


@pytest.mark.parametrize(("value", "says"), REFUSED_VALUES, ids=[str(row[0])[:20] for row in REFUSED_VALUES])
def test_a_value_that_breaks_a_rule_is_refused(value, says):
    with pytest.raises(InvalidPayload, match=says):
        checked(value)


@given(JSON)
def test_what_is_allowed_survives_unchanged(value):
    assert parse(canonical(value)) == checked(value) == value
    assert parse(canonical(value).encode()) == value


@given(JSON)
def test_equal_values_have_one_text(value):
    assert canonical(json.loads(canonical(value))) == canonical(value)


def test_the_canonical_text_sorts_keys_and_wastes_nothing():
    assert canonical({"b": [1, 2.5, None], "a": "é"}) == '{"a":"é","b":[1,2.5,null]}'
    with pytest.raises(ValueError, match="Out of range"):
        canonical(math.nan)


@pytest.mark.parametrize("value", [-(2**63), 2**63 - 1])
def test_integers_of_64_bits_are_allowed_to_both_ends(value):
    assert parse(str(value)) == checked(value) == value


@given(JSON, JSON)
def test_the_same_value_is_one_whose_numbers_are_equal_and_no_truth_is_a_number(one, other):
    assert same(one, one)
    assert not same([one], {"0": one})
    assert same(one, other) is same(other, one)
    assert same([1, {"n": 2.0}], [1.0, {"n": 2}])
    assert not same([1], [True])
    assert not same({"n": 0}, {"n": False})


def test_tuples_become_lists():
    assert checked({"a": (1, (2,))}) == {"a": [1, [2]]}


def test_the_deepest_allowed_value_is_allowed():
    value = 1
    for _ in range(MAX_DEPTH):
        value = [value]
    assert checked(value) == value
    with pytest.raises(InvalidPayload):
        checked([value])


def test_a_key_that_is_there_twice_is_found_among_many():
    text = "{" + ",".join(f'"{number:05d}":1' for number in range(25_000)) + ',"24999":2}'
    with pytest.raises(InvalidPayload, match="'24999' twice"):
        parse(text)
