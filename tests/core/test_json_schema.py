"""Input schemas are checked by their own draft when they are created, are exact about numbers, and are never slow."""

import copy
from decimal import Decimal
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagaflow.core.definition import document
from sagaflow.core.definition.saga import Saga, Step, orchestrated
from sagaflow.core.errors import InvalidDefinition
from sagaflow.core.lint import lint
from sagaflow.core.payload import MAX_DEPTH, checked
from sagaflow.core.schemas.defaults import filled
from sagaflow.core.schemas.json_schema import DRAFTS, LATEST, Costly, violations
from sagaflow.core.schemas.schema_faults import oddities, schema_faults
from tests.core.thoroughness import examples

DRAFT_7 = "http://json-schema.org/draft-07/schema#"
DRAFT_4 = "http://json-schema.org/draft-04/schema#"
SELF = {"$ref": "#"}
DOUBLING = {
    "$defs": {f"a{at}": {"allOf": [{"$ref": f"#/$defs/a{at + 1}"}] * 2} for at in range(40)} | {"a40": {}},
    "$ref": "#/$defs/a0",
}

FAULTS = {
    "a type that there is not": ({"type": "objekt"}, "input_schema/type: 'objekt' is not one of"),
    "deep inside": ({"properties": {"n": {"items": {"minimum": "1"}}}}, "/properties/n/items/minimum: '1' is not of"),
    "another draft's list": ({"items": [{}, {}]}, "input_schema/items"),
    "a draft that is not known": ({"$schema": "http://json-schema.org/draft-03/schema#"}, "$schema is 'http"),
    "no draft": ({"$schema": 5}, "$schema is '5'; use one of"),
    "a list": ([], "input_schema is a list; give an object"),
    "a reference to nothing": ({"properties": {"a": {"$ref": "#/$defs/a"}}}, "/properties/a/$ref: it refers to"),
    "a reference elsewhere": ({"$ref": "http://127.0.0.1:9/schema.json"}, "does not contain; write it out"),
    "a reference to a text": ({"$ref": "#/title", "title": "x"}, "which is not a schema"),
    "a fault behind a reference": ({"x": {"a": {"type": "strng"}}, "$ref": "#/x/a"}, "#/x/a/type: 'strng'"),
    "a circle": (SELF, "without end; break the circle"),
    "a wide circle": ({"$defs": {"a": {"anyOf": [{}, {"not": SELF}]}}, "$ref": "#/$defs/a"}, "without end"),
    "a pattern that cannot be read": ({"pattern": "("}, "input_schema/pattern: '(' is not a regular expression"),
    "a pattern among names": ({"patternProperties": {"[": {}}}, "'[' is not a regular expression"),
    "a long pattern": ({"items": {"pattern": "a" * 300}}, "300 characters, and 200 is the limit"),
    "a default that is refused": (
        {"properties": {"n": {"type": "string", "default": 5}}},
        "n/default: the value is not",
    ),
    "defaults without end": ({"properties": {"n": {**SELF, "default": {}}}}, "its defaults contain themselves"),
    "doubling": (DOUBLING, "too many comparisons"),
    "an address that is not text": ({"$id": 5}, "input_schema/$id: 5 is not of type 'string'"),
    "an address of draft 4 that is not text": (
        {"$schema": DRAFT_4, "id": None},
        "input_schema/id: None is not of type 'string'",
    ),
    "an address inside that is not text": (
        {"items": {"$id": []}},
        "input_schema/items/$id: [] is not of type 'string'",
    ),
    "an address that cannot be read": ({"$id": "http://["}, "input_schema: its address ($id, in draft 4 id) cannot be"),
    "an address inside that cannot be read": ({"items": {"$id": "//["}}, "input_schema/items: its address ($id, in"),
    "not JSON": ({"enum": {1}}, "/enum is a set"),
}


def saga(schema: Any) -> Saga:
    return Saga("order", orchestrated("main", Step("a", "s.a", undo="s.b")), input_schema=schema)


@pytest.mark.parametrize(("schema", "says"), FAULTS.values(), ids=FAULTS)
def test_a_schema_that_cannot_be_used_is_a_fault_of_the_definition_at_its_place(schema, says) -> None:
    with pytest.raises(InvalidDefinition) as made:
        saga(schema)
    (fault, *_) = made.value.faults
    assert (fault.element, fault.rule) == ("saga", "schema")
    assert says in fault.message
    if isinstance(schema, dict) and "enum" not in schema:
        written = {**document.dump(saga({})), "input_schema": schema}
        assert fault in document.problems(written)


@pytest.mark.parametrize(
    ("draft", "places"),
    [
        (LATEST, {"then", "else", "$defs", "definitions"}),
        (DRAFT_7, {"then", "else", "definitions"}),
        (DRAFT_4, {"definitions"}),
    ],
)
def test_a_schema_is_looked_at_in_every_place_that_its_draft_has_for_one(draft, places) -> None:
    bad = {"pattern": "("}
    given = {"then": bad, "else": bad, "$defs": {"x": bad}, "definitions": {"x": bad}}
    faulty = {name for name, held in given.items() if schema_faults({"$schema": draft, "if": {}, name: held})}
    assert faulty == places


def test_the_first_20_faults_of_a_schema_are_told() -> None:
    wrong = {"properties": {f"a{at}": {"minimum": "1"} for at in range(25)}}
    assert len(schema_faults(wrong)) == 20
    assert len(schema_faults({"properties": {f"a{at}": {"minimum": "1"} for at in range(19)}})) == 19


def test_each_reference_to_nothing_is_told() -> None:
    assert [fault.partition(":")[0] for fault in schema_faults({"$ref": "#/a", "$dynamicRef": "#/b"})] == [
        "input_schema/$ref",
        "input_schema/$dynamicRef",
    ]
    assert len(schema_faults({"$dynamicRef": "#/b"})) == 1


def test_a_default_has_one_fault_at_a_time() -> None:
    schema = {"properties": {"a": {"type": "string"}, "b": {"minimum": 2}}, "default": {"a": 1, "b": 1}}
    assert len(schema_faults(schema)) == 1


ODD = {
    "a keyword": ({"properties": {"n": {"minimun": 1}}}, ["/properties/n: 'minimun' is not a keyword"]),
    "two keywords": ({"propertys": {}, "requird": []}, [": 'propertys' is not", ": 'requird' is not"]),
    "a keyword with a capital letter": ({"minLenght": 1}, [": 'minLenght' is not a keyword"]),
    "words of signs, or of other letters": ({"min_length": 1, "max-length": 1, "minimüm": 1}, []),
    "a keyword that only checks nothing": ({"descripton": "x"}, [": 'descripton' is not a keyword"]),
    "a keyword of a later draft": ({"$schema": DRAFT_4, "dependentSchemas": {}}, [": 'dependentSchemas' is not a"]),
    "keywords of its own": ({"x-origin": 1, "nullable": True}, []),
    "an extension of a keyword": ({"x-title": 1, "title_de": 1, "ui:title": 1, "title@de": 1, "descriptionDe": 1}, []),
    "words of its own": (
        {"note": 1, "example": 1, "anchor": 1, "enums": 1, "maxTimes": 1},
        [],
    ),
    "two letters that are swapped": ({"tpye": "object"}, [": 'tpye' is not a keyword"]),
    "examples of a draft that does not know them": ({"$schema": DRAFT_4, "examples": None}, []),
    "examples by name": ({"$schema": DRAFT_4, "type": "object", "examples": {"one": {"a": 1}}}, []),
    "a list of examples of a draft that does not know them": (
        {"$schema": DRAFT_4, "type": "object", "examples": [1]},
        ["/examples/0: /: the value is not of type 'object'"],
    ),
    "a reference that the draft does not know": ({"$schema": DRAFT_4, "$dynamicRef": "#/b"}, []),
    "an example": ({"type": "integer", "examples": [1, "one"]}, ["/examples/1: /: the value is not of type"]),
    "an example that breaks two rules": (
        {"properties": {"a": {"type": "null"}}, "required": ["b"], "examples": [{"a": 1}]},
        ["/examples/0: /"],
    ),
    "an example that a default completes": (
        {"required": ["n"], "properties": {"n": {"default": 1}}, "examples": [{}]},
        [],
    ),
    "an example inside": (
        {"properties": {"n": {"maximum": 2, "examples": [3]}}},
        ["/properties/n/examples/0: /: the value is greater"],
    ),
    "a faulty schema": ({"minimun": 1, "type": "nothing"}, []),
    "a faulty pattern": ({"minimun": 1, "pattern": "("}, []),
    "an example that is too costly": (
        {"items": {"anyOf": [{"const": n} for n in range(60)]}, "examples": [[59] * 20_000]},
        [],
    ),
}


@pytest.mark.parametrize(("schema", "told"), ODD.values(), ids=ODD)
def test_what_is_hardly_meant_in_a_schema_is_told(schema, told) -> None:
    found = oddities(schema)
    assert len(found) == len(told)
    for sentence, words in zip(found, told, strict=True):
        assert sentence.startswith(f"input_schema{words}")


def test_no_schema_and_an_empty_one_are_not_odd() -> None:
    assert oddities(None) == oddities({}) == ()


def test_the_first_20_oddities_of_a_schema_are_told() -> None:
    assert len(oddities({"properties": {f"a{at}": {"minimun": 1} for at in range(25)}})) == 20


def test_100_characters_of_a_draft_that_is_not_known_are_shown() -> None:
    [fault] = schema_faults({"$schema": "x" * 101})
    assert f"is '{'x' * 100}';" in fault


@pytest.mark.parametrize(("characters", "whole"), [(200, True), (201, False)])
def test_200_characters_of_a_sentence_about_a_schema_are_shown(characters, whole) -> None:
    sentence = "it refers to '', which the schema does not contain; write it out"
    reference = "#/a " + "a" * (characters - len(sentence) - len("#/a "))
    [fault] = schema_faults({"$ref": reference})
    assert fault.endswith("write it out") is whole
    assert fault.endswith(" [...]") is not whole


FINE = {
    "draft 7, a list of items": (
        {"$schema": DRAFT_7, "properties": {"t": {"items": [{"type": "string"}, {"type": "integer"}]}}},
        {"t": ["a", 1]},
        {"t": ["a", "b"]},
    ),
    "draft 4, an exclusive minimum": ({"$schema": DRAFT_4, "minimum": 1, "exclusiveMinimum": True}, 2, 1),
    "draft 7 does not know prefixItems": ({"$schema": DRAFT_7, "prefixItems": [False], "maxItems": 1}, [1], [1, 2]),
    "without a name it is 2020-12": ({"prefixItems": [{"type": "string"}]}, ["a"], [1]),
    "a tree": (
        {"properties": {"left": SELF, "name": {"type": "string"}}},
        {"left": {"left": {}}},
        {"left": {"name": 1}},
    ),
    "an address of its own": (
        {"$id": "http://x/y", "$defs": {"a": {"$id": "b", "type": "string"}}, "items": {"$ref": "b"}},
        ["a"],
        [1],
    ),
    "a part that names another draft stays in its own": (
        {"properties": {"a": {"$schema": DRAFT_4, "exclusiveMinimum": 1}}},
        {"a": 2},
        {"a": 1},
    ),
}


@pytest.mark.parametrize(("schema", "good", "bad"), FINE.values(), ids=FINE)
def test_a_schema_is_read_by_the_draft_that_it_names(schema, good, bad) -> None:
    assert lint(saga(schema)) == lint(saga(None))
    assert violations(schema, good) == []
    assert violations(schema, bad)


TENTHS = st.integers(-(10**6), 10**6).map(lambda count: float(Decimal(count) / 10))


@given(TENTHS, st.sampled_from(["0.1", "0.01", "0.05"]))
def test_a_decimal_is_a_multiple_if_it_is_one_as_it_is_written(value, step) -> None:
    is_multiple = Decimal(repr(value)) % Decimal(step) == 0
    assert (violations({"multipleOf": float(step)}, value) == []) is is_multiple


def test_multiples_of_any_size_are_found() -> None:
    assert violations({"multipleOf": 0.1}, 0.3) == []
    assert violations({"multipleOf": 0.01}, 1e300) == []
    assert violations({"multipleOf": 3}, 2**62)
    assert violations({"multipleOf": 2}, 3)
    assert violations({"multipleOf": 2}, "a text") == []


@pytest.mark.parametrize("keyword", ["const", "enum"])
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([1], [1, 2]),
        ([1], [2]),
        ({}, {"a": 1}),
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {"b": 1}),
        ("a", "ab"),
        ("a", "b"),
        ([], {}),
    ],
)
def test_a_value_is_the_same_as_another_only_if_no_part_differs_or_is_missing(keyword, one, other) -> None:
    for value, wanted in ((one, other), (other, one)):
        schema = {keyword: [wanted] if keyword == "enum" else wanted}
        assert violations(schema, wanted) == []
        assert violations(schema, value)


FORMATS = {
    "date": (["2026-02-28", "2024-02-29"], ["2026-02-29", "28.02.2026", "20260228", "2026-2-1", "\uff12026-01-01"]),
    "time": (["12:30:00Z", "23:59:59.5+02:00"], ["12:30:00", "24:00:00Z", "12:60:00Z", "12:30Z"]),
    "date-time": (
        ["2026-02-28T12:30:00Z", "2026-02-28t12:30:00.25-03:30"],
        ["2026-02-28", "2026-02-30T12:30:00Z", "2026-02-28T12:30:00", "2026-02-28T12:30:00Z "],
    ),
    "duration": (["P1D", "PT1H30M", "P3W", "P1Y2M3DT4H5M6S"], ["P", "PT", "1D", "P1H", "P1DT"]),
    "email": (
        ["ada@example.com", "a.b+c@x.example", f"{'a' * 64}@example.com"],
        ["ada", "ada@", "@example.com", "a b@example.com", "a..b@x.y", f"{'a' * 65}@example.com"],
    ),
    "hostname": (
        ["example.com", "a-1.example", ".".join(["a" * 63] * 3 + ["a" * 61])],  # 253 characters
        ["-a.example", "a_b.example", "a..b", "", "a" * 64, ".".join(["a" * 63] * 3 + ["a" * 62])],
    ),
    "ipv4": (["192.0.2.1"], ["192.0.2.256", "192.0.2", "192.0.2.01"]),
    "ipv6": (["2001:db8::1", "::"], ["2001:db8", "fe80::1%eth0", "1::2::3"]),
    "uri": (["https://example.com/a?b=c#d", "urn:isbn:1"], ["/a", "example.com", "https://a b", "http://x/%zz"]),
    "uuid": (["4f0c5b1e-0000-4000-8000-000000000001"], ["4f0c5b1e00004000800000000000000", "no"]),
}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("draft", DRAFTS)
def test_a_format_is_checked(name, draft) -> None:
    good, bad = FORMATS[name]
    schema = {"$schema": draft, "format": name}
    assert [value for value in [*good, 5, None] if violations(schema, value)] == []
    assert [value for value in bad if not violations(schema, value)] == []


EVALUATED = [draft for draft in DRAFTS if "draft/20" in draft]
ONE_DIGIT = {"patternProperties": {r"^\d$": {}}}
ARABIC_THREE = "\u0663"
"""A digit for Python's regular expressions, and none for RE2, which takes the time of the text and no more."""


@pytest.mark.parametrize(
    ("draft", "schema"),
    [
        *((draft, ONE_DIGIT | {"additionalProperties": False}) for draft in DRAFTS),
        *((draft, ONE_DIGIT | {"unevaluatedProperties": False}) for draft in EVALUATED),
        *((draft, {"allOf": [ONE_DIGIT], "unevaluatedProperties": False}) for draft in EVALUATED),
    ],
)
def test_every_keyword_that_looks_at_patterns_looks_by_the_linear_engine(draft, schema) -> None:
    assert violations({"$schema": draft} | schema, {"3": 1}) == []
    assert violations({"$schema": draft} | schema, {ARABIC_THREE: 1})


@pytest.mark.parametrize("draft", DRAFTS)
def test_a_property_is_additional_if_it_is_neither_named_nor_of_a_pattern(draft) -> None:
    schema = {"$schema": draft, "properties": {"name": {}}, **ONE_DIGIT, "additionalProperties": False}
    assert [key for key in ("name", "3", "other") if violations(schema, {key: 1})] == ["other"]


def test_any_other_format_is_an_annotation() -> None:
    assert violations({"format": "iban"}, "whatever") == []


NAMES = st.sampled_from(["a", "b", "c"])
VALUES = st.recursive(
    st.sampled_from([None, True, False, 0, 1, 1.0, 2.5, "", "a", "ab"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)


def schemas(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    lists = st.lists(inner, min_size=1, max_size=2)
    named = st.dictionaries(NAMES, inner, max_size=3)
    return st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(["object", "array", "string", "integer", "number", "boolean"]),
            "default": VALUES,
            "enum": st.lists(VALUES, min_size=1, max_size=3),
            "const": VALUES,
            "required": st.lists(NAMES, max_size=2, unique=True),
            "properties": named,
            "patternProperties": named,
            "additionalProperties": inner,
            "unevaluatedProperties": inner,
            "items": inner,
            "prefixItems": lists,
            "contains": inner,
            "uniqueItems": st.booleans(),
            "minimum": st.integers(0, 2),
            "maxLength": st.integers(0, 1),
            "allOf": lists,
            "anyOf": lists,
            "oneOf": lists,
            "not": inner,
            "if": inner,
            "then": inner,
            "propertyNames": inner,
            "$ref": st.sampled_from(["#/$defs/a", "#/$defs/b"]),
        },
    )


RULES = st.recursive(st.booleans() | schemas(st.booleans()), schemas, max_leaves=5)
WHOLE = st.builds(
    lambda rule, named: {**rule, "$defs": named},
    schemas(RULES),
    st.fixed_dictionaries({"a": schemas(st.booleans()), "b": st.just({"default": 1})}),
)


def without_references(rule: Any) -> Any:
    """Remove references from the named parts, which would refer to themselves."""
    if isinstance(rule, dict):
        return {key: without_references(item) for key, item in rule.items() if key != "$ref"}
    return [without_references(item) for item in rule] if isinstance(rule, list) else rule


@examples(25)
@given(WHOLE, VALUES)
def test_a_bounded_check_says_what_the_library_says(schema, value) -> None:
    schema = {**schema, "$defs": without_references(schema["$defs"])}
    stock = jsonschema.Draft202012Validator(schema).is_valid(value)
    assert (violations(schema, value) == []) is stock


@examples(25)
@given(WHOLE, VALUES)
def test_defaults_fill_in_once_and_change_nothing_that_is_there(schema, value) -> None:
    schema = {**schema, "$defs": without_references(schema["$defs"])}
    before = copy.deepcopy((schema, value))
    once = filled(schema, value)
    assert filled(schema, once) == once
    assert (schema, value) == before
    assert holds(once, value)


def holds(more: Any, less: Any) -> bool:
    """True if ``more`` is ``less`` with properties added."""
    match more, less:
        case dict(), dict():
            return all(key in more and holds(more[key], item) for key, item in less.items())
        case list(), list():
            return len(more) == len(less) and all(map(holds, more, less))
    return type(more) is type(less) and more == less


FILLED = {
    "an object": ({"properties": {"a": {"default": 1}}}, {"b": 2}, {"a": 1, "b": 2}),
    "null is a value": ({"properties": {"a": {"default": 1}}}, {"a": None}, {"a": None}),
    "inside what is there": ({"properties": {"a": {"properties": {"b": {"default": 1}}}}}, {"a": {}}, {"a": {"b": 1}}),
    "not inside what is missing": ({"properties": {"a": {"properties": {"b": {"default": 1}}}}}, {}, {}),
    "behind a reference": (
        {"properties": {"a": {"$ref": "#/$defs/x"}}, "$defs": {"x": {"default": 1}}},
        {},
        {"a": 1},
    ),
    "all of several": (
        {
            "allOf": [
                {"properties": {"a": {"properties": {"b": {"default": 1}}}}},
                {"properties": {"a": {"default": {}}}},
            ]
        },
        {},
        {"a": {"b": 1}},
    ),
    "no alternative": ({"anyOf": [{"properties": {"a": {"default": 1}}}]}, {}, {}),
    "items": ({"items": {"properties": {"a": {"default": 1}}}}, [{}, 5], [{"a": 1}, 5]),
    "items by place": (
        {"prefixItems": [{"properties": {"a": {"default": 1}}}], "items": {"properties": {"b": {"default": 2}}}},
        [{}, {}],
        [{"a": 1}, {"b": 2}],
    ),
    "items of draft 7": (
        {"$schema": DRAFT_7, "items": [{}], "additionalItems": {"properties": {"b": {"default": 2}}}},
        [{}, {}],
        [{}, {"b": 2}],
    ),
    "an item in a place that allows anything": (
        {"prefixItems": [True], "items": {"properties": {"a": {"default": 1}}}},
        [{}, {}],
        [{}, {"a": 1}],
    ),
    "additional items only of a list": (
        {
            "$schema": DRAFT_7,
            "items": {"properties": {"a": {"default": 1}}},
            "additionalItems": {"properties": {"b": {"default": 2}}},
        },
        [{}, {}],
        [{"a": 1}, {"a": 1}],
    ),
    "no keyword of another draft": (
        {
            "$schema": DRAFT_7,
            "prefixItems": [{"properties": {"b": {"default": 2}}}],
            "items": {"properties": {"a": {"default": 1}}},
        },
        [{}],
        [{"a": 1}],
    ),
    "the schema's own before an included one": (
        {"properties": {"a": {"default": 1}}, "allOf": [{"properties": {"a": {"default": 2}}}]},
        {},
        {"a": 1},
    ),
    "the first of the included ones": (
        {"properties": {"a": {"allOf": [{"default": 1}, {"default": 2}]}}},
        {},
        {"a": 1},
    ),
    "included twice": (
        {
            "$defs": {"x": {}},
            "allOf": [{"$ref": "#/$defs/x"}, {"$ref": "#/$defs/x"}, {"properties": {"a": {"default": 1}}}],
        },
        {},
        {"a": 1},
    ),
    "beside a reference to nothing": (
        {"allOf": [{"$ref": "#/$defs/none"}, {"properties": {"a": {"default": 1}}}]},
        {},
        {"a": 1},
    ),
    "another type": ({"properties": {"a": {"default": 1}}}, "text", "text"),
}


@pytest.mark.parametrize(("schema", "value", "expected"), FILLED.values(), ids=FILLED)
def test_a_default_is_filled_in_where_it_surely_applies(schema, value, expected) -> None:
    assert filled(schema, value) == expected


@pytest.mark.parametrize("around", [lambda inner: {"n": inner}, lambda inner: [inner]], ids=["objects", "lists"])
def test_an_input_that_is_as_deep_as_one_may_be_gets_its_defaults(around) -> None:
    schema = {"properties": {"n": SELF, "d": {"default": 1}}, "items": SELF}
    deepest: Any = {}
    for _ in range(MAX_DEPTH):
        deepest = around(deepest)
    assert str(filled(schema, checked(deepest))).count("'d': 1") == str(deepest).count("{")
    with pytest.raises(Costly, match="its defaults contain themselves"):
        filled(schema, around(deepest))


def test_defaults_that_contain_themselves_in_a_list_are_refused_too() -> None:
    with pytest.raises(Costly, match="its defaults contain themselves"):
        filled({"properties": {"n": {"default": [{}], "items": SELF}}}, {})


COSTLY = {
    "many enumerated lists": ({"items": {"enum": [[at] * 3 for at in range(3000)]}}, [[1, 1, 2]] * 10_000),
    "many patterns": ({"items": {"patternProperties": {f"a{at}": {} for at in range(300)}}}, [{"x": 1}] * 10_000),
    "many names": ({"items": {"properties": {f"a{at}": {} for at in range(9000)}}}, [{}] * 40_000),
    "twice at each level": ({"allOf": [{"properties": {"n": SELF}}] * 2}, {"n": {"n": {"n": {"n": {}}}}}),
}


@pytest.mark.parametrize("name", ["many enumerated lists", "many patterns", "many names"])
def test_a_look_that_costs_too_much_ends(name) -> None:
    with pytest.raises(Costly):
        violations(*COSTLY[name])


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"uniqueItems": True}, [{"n": at} for at in range(20_000)]),
        ({"uniqueItems": True}, [[at, None] for at in range(20_000)]),
        ({"enum": [{}] * 50_000}, {}),
        ({"items": {"type": "integer", "minimum": 0, "maximum": 9}}, [1] * 60_000),
    ],
)
def test_what_is_large_and_plain_is_taken(schema, value) -> None:
    assert schema_faults(schema) == ()
    assert violations(schema, value) == []
