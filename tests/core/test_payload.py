"""One strict parser refuses every value that one of the databases would refuse or read differently."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagaflow.core.errors import InvalidPayload
from sagaflow.core.payload import MAX_DEPTH, MAX_SIZE, canonical, checked, parse, payload_faults, same

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


def test_a_value_has_at_most_32_levels_of_lists_and_of_objects():
    value = 1
    for _ in range(32):
        value = {"in": value}
    assert checked(value) == value
    with pytest.raises(InvalidPayload, match=r"more than|deeper than 32 levels at /in/in"):
        checked({"in": value})


@pytest.mark.parametrize(
    ("limit", "refused"), [(9, ""), (8, "has 9 bytes"), (5, "has 9 bytes"), (4, "more than 4 bytes")]
)
def test_the_parts_are_counted_on_the_way_so_that_a_value_that_repeats_a_part_is_refused_in_time(limit, refused):
    value = [0, 0, 0, 0]  # 5 parts and 9 bytes
    told = payload_faults_within(value, limit)
    assert refused in told
    assert bool(told) is bool(refused)


def payload_faults_within(value, limit):
    try:
        checked(value, limit=limit)
    except InvalidPayload as error:
        return str(error)
    return ""


def test_a_text_may_have_as_many_bytes_as_the_limit():
    assert parse('"abc"', limit=5) == checked("abc", limit=5) == "abc"
    for refused in (lambda: parse('"abc"', limit=4), lambda: checked("abc", limit=4)):
        with pytest.raises(InvalidPayload, match="the limit is 4"):
            refused()


class Money:
    pass


def broken(value):
    raise KeyError(value)


def unwilling(value):
    raise TypeError(value)


@pytest.mark.parametrize(
    ("value", "encode", "says"),
    [
        (object(), None, "it is an object; use JSON types only."),
        (Money(), None, "it is a Money; use JSON types only."),
        ({"m": Money()}, unwilling, "/m is a Money; use JSON types, or teach your ENCODER the type."),
        (Money(), broken, "it is a Money, and encoding it raised KeyError; correct the encoder."),
        (Money(), lambda value: value, "it is a Money, which the encoder never ends to encode."),
        ({1}, None, "it is a set; give a list in an order that you choose."),
        (frozenset(), unwilling, "it is a frozenset; give a list in an order that you choose."),
        (b"x", None, "it is a bytes; give text, for example Base64."),
        ({"a" * 119: {1}}, None, f"/{'a' * 119} is a set"),
        ({"a" * 120: {1}}, None, f"/{'a' * 119}… is a set"),
        ({("k" * 200,): 1}, None, f"has the key ('{'k' * 118}… at /; keys are strings."),
    ],
)
def test_a_value_that_json_does_not_have_is_told_with_its_place_and_the_remedy(value, encode, says):
    with pytest.raises(InvalidPayload) as told:
        checked(value, encode=encode)
    assert says in str(told.value)


def test_an_encoder_may_return_what_it_encodes_in_turn():
    steps = {Money: {"cents": frozenset({5})}, frozenset: [5]}
    assert checked(Money(), encode=lambda value: steps[type(value)]) == {"cents": [5]}


def test_the_faults_of_a_payload_are_a_list():
    assert payload_faults({"a": 1}, "The input") == []
    assert payload_faults(Money(), "The input") == ["The input is not JSON: it is a Money; use JSON types only"]


def test_a_key_that_is_there_twice_is_found_among_many():
    text = "{" + ",".join(f'"{number:05d}":1' for number in range(25_000)) + ',"24999":2}'
    with pytest.raises(InvalidPayload, match="'24999' twice"):
        parse(text)
