"""No sentence about a value quotes the value, for every keyword of every draft of JSON Schema."""

import pytest

from sagaflow.core.schemas.json_schema import DRAFTS, violations
from sagaflow.core.schemas.schema_faults import schema_faults
from sagaflow.core.schemas.wording import WORDS, place

SECRET = "4111222233334444"
ITEMS = [SECRET, {SECRET: SECRET}]
BROKEN: dict[str, tuple[object, object]] = {
    "additionalItems": ({"items": [{}], "additionalItems": False}, ITEMS),
    "additionalProperties": ({"additionalProperties": False}, {SECRET: 1}),
    "anyOf": ({"anyOf": [{"type": "integer"}, {"maxLength": 1}]}, SECRET),
    "allOf": ({"allOf": [{"type": "integer"}]}, SECRET),
    "const": ({"const": 1}, SECRET),
    "contains": ({"contains": {"type": "integer"}}, ITEMS),
    "maxContains": ({"contains": {}, "maxContains": 1}, ITEMS),
    "minContains": ({"contains": {"type": "string"}, "minContains": 2}, ITEMS),
    "dependencies": ({"dependencies": {SECRET: ["b"]}}, {SECRET: SECRET}),
    "dependentRequired": ({"dependentRequired": {"a": ["b"]}}, {"a": SECRET}),
    "dependentSchemas": ({"dependentSchemas": {"a": {"maxProperties": 1}}}, {"a": SECRET, "b": 1}),
    "enum": ({"enum": [1, 2]}, SECRET),
    "exclusiveMaximum": ({"exclusiveMaximum": 1}, int(SECRET)),
    "exclusiveMinimum": ({"exclusiveMinimum": 10**17}, int(SECRET)),
    "format": ({"format": "date"}, SECRET),
    "if": ({"if": {"minLength": 1}, "then": {"maxLength": 1}}, SECRET),
    "items": ({"items": False}, ITEMS),
    "maxItems": ({"maxItems": 1}, ITEMS),
    "maxLength": ({"maxLength": 1}, SECRET),
    "maxProperties": ({"maxProperties": 1}, {"card": SECRET, "pin": 1}),
    "maximum": ({"maximum": 1}, int(SECRET)),
    "minItems": ({"minItems": 3}, ITEMS),
    "minLength": ({"minLength": 99}, SECRET),
    "minProperties": ({"minProperties": 3}, {"card": SECRET}),
    "minimum": ({"minimum": 10**17}, int(SECRET)),
    "multipleOf": ({"multipleOf": 3}, int(SECRET)),
    "not": ({"not": {"type": "string"}}, SECRET),
    "oneOf": ({"oneOf": [{}, {}]}, SECRET),
    "pattern": ({"pattern": "^x$"}, SECRET),
    "patternProperties": ({"patternProperties": {"^c": {"type": "integer"}}}, {"card": SECRET}),
    "prefixItems": ({"prefixItems": [False]}, ITEMS),
    "properties": ({"properties": {"card": False}}, {"card": SECRET}),
    "propertyNames": ({"propertyNames": {"maxLength": 3}}, {SECRET: 1}),
    "required": ({"required": ["pin"]}, {"card": SECRET}),
    "type": ({"type": "integer"}, SECRET),
    "unevaluatedItems": ({"unevaluatedItems": False}, ITEMS),
    "unevaluatedProperties": ({"unevaluatedProperties": False}, {SECRET: 1}),
    "uniqueItems": ({"uniqueItems": True}, [SECRET, SECRET]),
}
"""A schema for each keyword, with a value that breaks it."""
REFERENCES = {"$ref", "$dynamicRef", "$recursiveRef"}


def test_the_table_has_every_keyword_of_every_draft() -> None:
    known = {name for draft in DRAFTS.values() for name in draft.VALIDATORS}
    assert known - REFERENCES <= set(BROKEN)
    assert known - REFERENCES - {"required"} <= set(WORDS)


@pytest.mark.parametrize("draft", DRAFTS)
@pytest.mark.parametrize("keyword", BROKEN)
def test_a_broken_rule_is_named_and_the_value_is_not(keyword, draft) -> None:
    schema, value = BROKEN[keyword]
    if schema_faults({"$schema": draft, **schema}):
        return  # the draft has another form of this keyword
    for wanted, given in ((schema, value), ({"properties": {"deep": schema}}, {"deep": value})):
        errors = violations({"$schema": draft, **wanted}, given)
        told = [error.message for error in errors] + [each.message for error in errors for each in error.context]
        if keyword != "dependencies":  # its schema names the property
            assert not [text for text in told if SECRET in text]
        assert all(text[:1].islower() or text.startswith("'") for text in told)


def test_every_keyword_finds_its_error_in_some_draft() -> None:
    silent = [
        keyword
        for keyword, (schema, value) in BROKEN.items()
        if not any(
            violations({"$schema": draft, **schema}, value)
            for draft in DRAFTS
            if not schema_faults({"$schema": draft, **schema})
        )
    ]
    assert silent == []


CLOSED = {"additionalProperties": False}
SENTENCES = {
    "one property is missing": ({"required": ["a", "b"]}, {"a": 1}, "'b' is a required property"),
    "two are missing": ({"required": ["a", "b"]}, {}, "'a', 'b' are required properties"),
    "a long name": ({"required": ["x" * 200]}, {}, f"'{'x' * 200}' is a required property"),
    "a longer name": ({"required": ["x" * 201]}, {}, f"'{'x' * 200}…' is a required property"),
    "one type": ({"type": "integer"}, "", "the value is not of type 'integer'"),
    "two types": ({"type": ["integer", "null"]}, "", "the value is not of type 'integer' or 'null'"),
    "20 values": ({"enum": [*range(20)]}, "", f"the value is not one of {', '.join(map(str, range(20)))}"),
    "21 values": ({"enum": [*range(21)]}, "", f"the value is not one of {', '.join(map(str, range(20)))}, …"),
    "a long value": ({"const": "x" * 198}, "", f'the value is not "{"x" * 198}"'),
    "a longer value": ({"const": "x" * 199}, "", f'the value is not "{"x" * 199}…'),
    "nothing allowed": (CLOSED, {"a": 1}, "the value has a property that the schema does not allow"),
    "some allowed": (
        CLOSED | {"properties": {"b": {}, "c": {}}},
        {"a": 1},
        'the value has a property that the schema does not allow; it allows "b", "c"',
    ),
    "some evaluated": (
        {"properties": {"b": {}}, "unevaluatedProperties": False},
        {"a": 1},
        "the value has a property that the schema does not allow",
    ),
}


@pytest.mark.parametrize(("schema", "value", "sentence"), SENTENCES.values(), ids=SENTENCES)
def test_a_sentence_tells_the_rule_at_bounded_length(schema, value, sentence) -> None:
    assert {error.message for error in violations(schema, value)} == {sentence}


def test_errors_are_looked_for_until_there_are_fifty() -> None:
    assert len(violations({"items": {"type": "string"}}, list(range(30_000)))) == 50


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (["order", 0, "city"], "order/0/city"),
        (["card", SECRET, "x"], "card/…"),
        (["deep", "CARD", 0], "deep/CARD/…"),
        (["card"], "card"),
        (["x" * 120], "x" * 120),
        (["x" * 121], "x" * 120 + "…"),
    ],
)
def test_a_place_does_not_enter_a_sensitive_field(path, shown) -> None:
    assert place(path, ("Card",)) == shown
