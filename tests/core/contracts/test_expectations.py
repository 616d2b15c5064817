"""The needs of a consumer: stated by examples, and compared with what a saga promises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagaflow.core.contracts import describe, expected, unmet
from sagaflow.core.contracts.expectations import FORMAT, by_example
from sagaflow.core.definition.saga import Saga, Step, orchestrated
from sagaflow.core.errors import InvalidPayload
from sagaflow.core.lint import Known
from sagaflow.core.schemas import json_schema
from tests.core.thoroughness import examples

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-5, 5) | st.sampled_from(("", "a", "b")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
PAYMENT = {
    "type": "object",
    "properties": {"id": {"type": "string"}, "amount": {"type": "number"}, "note": {"type": "string"}},
    "required": ["id", "amount"],
}


def contract(schema):
    saga = Saga("shop", orchestrated("main", Step("pay", "s.pay", emits="Paid")))
    return describe(saga, Known(schemas={"s.pay": (None, schema)}))


def misses(*values, schema=PAYMENT):
    return [(each.effect.value, each.message) for each in unmet({"Paid": by_example(*values)}, contract(schema))]


@given(st.lists(JSON, min_size=1, max_size=4))
@examples(200)
def test_each_example_fits_the_schema_that_is_made_of_them(values):
    schema = by_example(*values)
    assert [[*json_schema.violations(schema, value)] for value in values] == [[]] * len(values)


@given(JSON, JSON)
@examples(200)
def test_a_promise_by_the_same_examples_is_kept(one, other):
    assert misses(one, other, schema=by_example(one, other)) == []


def test_fields_that_are_not_read_may_be_anything():
    assert misses({"id": "p-7"}) == []
    assert misses({"amount": 2.5}) == []
    assert misses({}) == []


def test_what_is_not_promised_is_told():
    assert misses({"id": "p-7", "amount": 1000}) == [("breaking", "may have number as the field /amount")]
    assert misses({"note": "thanks"}) == [("breaking", "may lack the field /note")]
    assert misses({"at": "noon"}) == [
        ("breaking", "may lack the field /at"),
        ("breaking", "does not say what the field /at is"),
    ]
    assert misses(["p-7"]) == [("breaking", "may have object as the payload")]
    assert misses({"id": 7}) == [("breaking", "may have string as the field /id")]


def test_only_what_all_examples_have_is_needed():
    assert misses({"id": "p-7", "note": "thanks"}, {"id": "p-8"}) == []
    assert by_example(1, 2.5, None) == {"type": ["null", "number"]}
    assert by_example([{"a": 1, "b": 1}], [{"a": "x"}], []) == {
        "type": ["array"],
        "items": {"type": ["object"], "properties": {"a": {"type": ["integer", "string"]}}, "required": ["a"]},
    }


def test_an_action_without_a_schema_promises_nothing():
    (found,) = misses({"id": "p-7"}, schema=None)
    assert found == ("breaking", "has no schema of its payload; give its action an output_schema")
    for anything in ({}, True):
        assert unmet({"Paid": anything}, contract(None)) == ()


def test_an_event_that_is_not_published_is_told():
    (found,) = unmet({"Sent": {}}, contract(PAYMENT))
    assert (found.event, found.effect, found.message) == ("Sent", "breaking", "is not published")


def test_a_keyword_that_is_not_compared_leaves_it_open():
    (found,) = unmet({"Paid": PAYMENT | {"minProperties": 3}}, contract(PAYMENT))
    assert (found.effect, found.message) == (
        "unknown",
        "has 'minProperties' in the schema of the payload, which is not compared; look at both",
    )


def test_a_file_has_examples_or_a_schema_for_each_event():
    events = {"Paid": {"examples": [{"id": "a"}]}, "Sent": {"schema": True}, "Lost": {"schema": {"type": "null"}}}
    document = {"format": FORMAT, "consumer": "mailer", "sagas": {"shop": events}}
    assert expected(document, "shop") == {"Paid": by_example({"id": "a"}), "Sent": True, "Lost": {"type": "null"}}
    assert expected(document, "other") == {}


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (None, "`format` must be"),
        ([], "`format` must be"),
        ({"sagas": {}}, "`format` must be"),
        ({"format": FORMAT}, "`sagas` must be an object"),
        ({"format": FORMAT, "sagas": []}, "`sagas` must be an object"),
        ({"format": FORMAT, "sagas": {"shop": []}}, "`sagas` must be an object"),
        *(
            ({"format": FORMAT, "sagas": {"shop": {"Paid": needed}}}, "Event 'Paid' must have either")
            for needed in (
                None,
                {},
                {"examples": []},
                {"examples": {}},
                {"schema": 5},
                {"schema": {}, "examples": [1]},
                {"examples": [1], "more": 1},
                {"schema": {}, "more": 1},
            )
        ),
    ],
)
def test_another_file_is_refused(document, says):
    with pytest.raises(InvalidPayload, match=says):
        expected(document, "shop")
