"""Bombs for the core: schemas, patterns, definitions and simulations. Each is refused, or answered, in seconds."""

import json
import time

import pytest

from designer.drafts.time_limit import passed
from sagaflow.core.definition import document
from sagaflow.core.definition.saga import Saga, Step, orchestrated
from sagaflow.core.errors import InvalidPayload
from sagaflow.core.lint import lint
from sagaflow.core.payload import parse
from sagaflow.core.schemas import patterns
from sagaflow.core.schemas.defaults import filled
from sagaflow.core.schemas.json_schema import DRAFTS, Costly, violations
from sagaflow.core.schemas.schema_faults import schema_faults
from sagaflow.core.simulation.simulate import Halted, simulate
from sagaflow.core.words.run_query import MOST_TERMS
from sagaflow.core.words.run_query import parse as parse_query
from sagaflow.sources import yaml_text

SECONDS = 8.0
"""The limit of one bomb, on a slow machine. Without the limits each takes minutes, or years."""
LONG = "a" * 200_000


@pytest.fixture(autouse=True)
def limit():
    begun = time.process_time()
    yield
    assert time.process_time() - begun < SECONDS


SCHEMAS = {
    "a circle": {"$ref": "#"},
    "a circle of two": {"allOf": [{"anyOf": [{"$ref": "#"}]}]},
    "doubling": {
        "$defs": {f"a{at}": {"allOf": [{"$ref": f"#/$defs/a{at + 1}"}] * 2} for at in range(40)} | {"a40": {}},
        "$ref": "#/$defs/a0",
    },
    "doubling of defaults": {"properties": {"n": {"$ref": "#", "default": {}}}},
    "look-ahead": {"pattern": "^(?=a+)b$"},
    "look-behind": {"patternProperties": {"(?<=a)b": {}}},
    "a back-reference": {"propertyNames": {"pattern": r"^(a+)\1$"}},
    "a large repetition": {"pattern": r"(\pL{1,900}|\pN{1,900}){1,900}"},
    "a thousand large patterns": {"anyOf": [{"pattern": f"x{at}[ab]{{0,900}}a[ab]{{900}}c"} for at in range(3000)]},
}


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_a_schema_without_end_is_a_fault_that_says_what_to_do(schema) -> None:
    faults = schema_faults(schema)
    assert faults
    assert all(fault.startswith("input_schema") and len(fault) < 400 for fault in faults)


PATTERNS = {
    "nested": r"^(a+)+$",
    "alternatives": r"^(a|a)*$",
    "many optional": "a?" * 60 + "a" * 60,
    "wide": r"(x|[xy]|[xyz]){1,999}q",
    "states": r"[ab]{0,900}a[ab]{900}c",
    "anchored late": r"(?:.?){0,300}(?:.?){0,300}$z",
}


@pytest.mark.parametrize("draft", DRAFTS)
@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
def test_no_pattern_stops_the_check_of_a_value(pattern, draft) -> None:
    value = LONG + "!"
    schemas = (
        ({"pattern": pattern}, value),
        ({"patternProperties": {pattern: {}}, "additionalProperties": False}, {value: 1}),
        ({"patternProperties": {pattern: {}}, "unevaluatedProperties": False}, {value: 1}),
        ({"propertyNames": {"pattern": pattern}}, {value: 1}),
    )
    for schema, given in schemas:
        try:
            violations({"$schema": draft, **schema}, given)
        except Costly:
            continue


WIDE = [[1] * 120_000]
OFTEN = range(4_000)
VALUES = {
    "an enum of a deep value": ({"$defs": {"e": {"enum": [WIDE]}}, "allOf": [{"$ref": "#/$defs/e"}] * 4_000}, WIDE),
    "a constant that is a deep value": (
        {"$defs": {"e": {"const": {"a": WIDE}}}, "allOf": [{"$ref": "#/$defs/e"}] * 4_000},
        {"a": WIDE},
    ),
    "unique items inside an item": ({"allOf": [{"uniqueItems": True} for _ in OFTEN]}, WIDE),
    "a format of a long text": ({"allOf": [{"format": "uri"} for _ in OFTEN]}, "a:" + LONG),
    "items without a rule": ({"allOf": [{"items": {}} for _ in OFTEN]}, WIDE[0]),
    "a search for an item": ({"allOf": [{"contains": True, "minContains": 0} for _ in OFTEN]}, WIDE[0]),
    "many errors that quote": ({"anyOf": [{"type": "string"} for _ in OFTEN]}, WIDE),
    "many errors that quote a text": ({"anyOf": [{"maxLength": 1} for _ in OFTEN]}, LONG),
    "a default in many places": (
        {"$defs": {"d": {"default": WIDE}}, "properties": {f"a{at}": {"$ref": "#/$defs/d"} for at in OFTEN}},
        {},
    ),
    "equal objects": ({"uniqueItems": True}, [{"a": at} for at in range(20_000)]),
    "equal lists": ({"uniqueItems": True}, [[at] for at in range(40_000)]),
    "items that nothing has looked at": ({"unevaluatedItems": False, "contains": {}}, [1] * 120_000),
    "properties that nothing has looked at": (
        {"unevaluatedProperties": False, "patternProperties": {"^a": {}}},
        {f"a{at}": 1 for at in range(30_000)},
    ),
    "wrong items": ({"items": {"type": "string"}}, [1] * 120_000),
    "alternatives of alternatives": ({"items": {"anyOf": [{"minimum": at} for at in range(900)]}}, [-1] * 60_000),
    "a long enum": ({"items": {"enum": [f"word {at}" for at in range(9_000)]}}, ["x"] * 60_000),
    "many patterns": ({"patternProperties": {f"{at}x": {} for at in range(900)}}, {f"y{at}": 1 for at in range(9_000)}),
}


@pytest.mark.parametrize(("schema", "value"), VALUES.values(), ids=VALUES)
def test_no_value_costs_more_than_its_length(schema, value) -> None:
    try:
        filled(schema, value)
        violations(schema, value)
    except Costly:
        pass


def deep(opening, closing, times=100_000):
    return opening * times + closing * times


def read_yaml(text):
    return yaml_text.parse(text, what="It")


TEXTS = {
    "deep JSON": (parse, deep("[", "]")),
    "deep JSON objects": (parse, '{"a":' * 40_000 + "1" + "}" * 40_000),
    "digits": (parse, "9" * 200_000),
    "an exponent": (parse, "1e99999999"),
    "too long": (parse, json.dumps("x" * 2_000_000)),
    "deep YAML": (read_yaml, deep("[", "]", 5_000)),
    "deep YAML blocks": (
        read_yaml,
        "\n".join(" " * at + "a:" for at in range(600)),
    ),
    "laughing aliases": (
        read_yaml,
        "a0: &a0 [x]\n" + "".join(f"a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 9)}]\n" for at in range(1, 30)),
    ),
    "a merge of itself": (read_yaml, "a: &a\n  <<: *a\n"),
    "a tag": (read_yaml, "!!python/object/apply:time.sleep [99]"),
    "a number to the base of sixty": (read_yaml, "a: !!int '" + "1:" * 125_000 + "1'"),
    "a number of many digits": (read_yaml, "a: !!int '" + "9" * 200_000 + "'"),
    "a version of many digits": (read_yaml, "%YAML 1." + "9" * 200_000 + "\n---\na: b"),
}


@pytest.mark.parametrize(("read", "text"), TEXTS.values(), ids=TEXTS)
def test_no_text_is_read_without_a_limit(read, text) -> None:
    with pytest.raises(InvalidPayload):
        read(text)


TAGGED = (
    *("!!bool x", "!!int x", "!!int ''", "!!int '-'", "!!int 0b", "!!float x", "!!float '.'", "!!null x", "!!str 1"),
    *("!!timestamp x", "!!timestamp 2020-99-99", "!!binary a", "!!omap [a]", "!!set {a}", "!!map [a]", "!!seq {a: b}"),
    *(
        "!!str {a: b}",
        "!!merge <<",
        "!own x",
        "! x",
        "!<tag:yaml.org,2002:int> 7",
        "!!bool true",
        "!!int 7",
        "&a !!int 7",
    ),
)


@pytest.mark.parametrize("text", TAGGED)
def test_a_tag_is_refused_at_its_place(text) -> None:
    with pytest.raises(
        InvalidPayload, match=r"^It is not YAML that JSON can express: a tag; leave it out at line 2 col"
    ):
        read_yaml(f"name: x\na: {text}")
    with pytest.raises(InvalidPayload, match=r"a tag; leave it out at line 1 column 1\.$"):
        read_yaml(text if text.startswith("!") else f"!!map {{a: {text}}}")


@pytest.mark.parametrize(
    "text",
    [
        'a: "\\ud800"',
        'a: "\\UFFFFFFFF"',
        "%YAML 9.9\n---\na: b",
        "--- a\n--- b",
        "a: \x07",
        "? [a]\n: b",
        b"a: \xff",
    ],
)
def test_a_text_that_the_library_cannot_read_is_refused_in_words(text) -> None:
    with pytest.raises(InvalidPayload, match=r"^It "):
        read_yaml(text)


@pytest.mark.parametrize(
    ("text", "value"), [("010", "010"), ("1_000", "1_000"), ("0x1f", "0x1f"), ("1:30", "1:30"), ("-7", -7)]
)
def test_the_integers_of_yaml_are_those_of_json(text, value) -> None:
    assert read_yaml(f"a: {text}") == {"a": value}


def test_a_query_has_a_limited_number_of_terms() -> None:
    query, faults = parse_query(" ".join("ab" for _ in range(300)))
    assert len(query.words) <= MOST_TERMS
    assert [fault.message for fault in faults] == [
        "The query has more than 30 terms. Use fewer, or put words that belong together in quotes."
    ]
    assert parse_query(" ".join(f"w{at}" for at in range(MOST_TERMS)))[1] == ()


def wide(count: int) -> Saga:
    steps = [Step(f"s{at}", "a.b", undo="a.c", after=()) for at in range(count)]
    return Saga("wide", orchestrated("main", *steps))


def test_the_linter_ends_for_five_hundred_parallel_steps() -> None:
    lint(wide(500))


def test_a_simulation_ends_when_its_caller_has_no_more_time() -> None:
    found = simulate(wide(60), steps={"s0"}, halt=passed(0.5))
    assert {outcome.case for outcome in found}
    assert any(outcome.cut for outcome in found)
    with pytest.raises(Halted):
        simulate(wide(500), steps={"s0"}, halt=passed(0.5), give_up=passed(1.0))


def test_a_document_with_too_many_steps_is_a_fault() -> None:
    steps = [{"name": f"s{at}", "action": "a.b", "undo": "none", "after": []} for at in range(5_000)]
    faults = document.problems({"saga": "wide", "segments": [{"name": "main", "steps": steps}]})
    assert faults


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (r"^é$", "é", True),
        ("^\\u00e9$", "é", True),
        (r"^\\u00e9$", "\\u00e9", True),
        (r"^a$", "a\n", False),
        (r"b", "abc", True),
        (r"^\d+$", "\u0663", False),
        (r"^\p{L}+$", "Ada", True),
        (r"^[\w.-]+@x$", "a.b@x", True),
    ],
)
def test_patterns_mean_what_json_schema_says(pattern, text, expected) -> None:
    assert patterns.search(pattern, text) is expected
