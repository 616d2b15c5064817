"""The budget of a check by a schema: what each keyword takes of it, and where it ends."""

import pytest

from sagaflow.core.schemas.defaults import fill
from sagaflow.core.schemas.json_schema import Costly, budget, compiled, spend, violations, weight
from sagaflow.core.schemas.schema_parts import root

pytestmark = pytest.mark.quick

ALL = 200_000 + 5 * len("null")
"""The comparisons that a check of `null` may take."""


def fits(left, schema, value):
    """Say whether a check fits into a budget of which so many comparisons are left."""
    with budget(None):
        spend(ALL - left)
        try:
            return compiled(schema).errors(value) == []
        except Costly:
            return False


def test_a_value_may_take_200000_comparisons_and_five_for_each_of_its_bytes():
    with budget("x" * 98):
        spend(200_000 + 5 * 100 - 1)
        spend()
        with pytest.raises(Costly, match="it takes too many comparisons"):
            spend()


def test_a_budget_in_another_does_not_take_of_it():
    with budget(None):
        spend(ALL)
        with budget(None):
            spend(ALL)
        with pytest.raises(Costly):
            spend()


@pytest.mark.parametrize(
    ("schema", "value", "comparisons"),
    [
        ({"type": "object"}, {"a": 1, "b": 2}, 1),
        ({"properties": {"a": {}, "b": {}}}, {"a": 1}, 1 + 2),
        ({"propertyNames": {}}, {"a": 1, "b": 2, "c": 3}, 1 + 3),
        ({"additionalProperties": True}, {"a": 1, "b": 2}, 1 + 2),
        ({"additionalProperties": {"type": "integer"}}, {"a": 1, "b": 2}, 1 + 1 + 2 + 2),
        ({"patternProperties": {"^a": {}, "^b": {}}}, {"c": 1, "d": 2, "e": 3}, 1 + 2 + 2 * 3 + 2 * 3),
        ({"unevaluatedProperties": True}, {f"a{at}": 1 for at in range(30)}, 1 + 30 + 30**2 // 100),
        ({"unevaluatedItems": True}, [1] * 30, 1 + 30**2 // 100),
        ({"uniqueItems": True}, [1, 2, 3], 1 + 3),
        ({"uniqueItems": False}, [1, 1, 1], 1),
        ({"uniqueItems": True}, [[1, 2], {"a": [3]}, "b" * 640], 1 + (1 + 2) + (1 + 1 + 1) + (1 + 10)),
        ({"enum": [[1, 2], 3]}, 3, 1 + 2 + 1 + 1),
        ({"enum": [[9], [1]]}, [1], 1 + 2 + (1 + 1) + (1 + 1)),
        ({"const": [1, 2]}, [1, 2], 1 + 2 + (1 + 2)),
        ({"const": [[[1] * 50]]}, [[[1] * 50]], 1 + 1 + (1 + 1 + 1 + 50)),
        ({"const": {"a": [1] * 50}}, {"a": [1] * 50}, 1 + 1 + (1 + 1 + 50)),
        ({"const": {"a" * 640: 1}}, {"a" * 640: 1}, 1 + 1 + (1 + 10 + 1)),
        ({"const": "a" * 640}, "a" * 640, 1 + 1 + 10),
        ({"const": "a" * 639}, "a" * 639, 1 + 1 + 9),
        ({"format": "uri"}, "a:" + "b" * 798, 1 + 100),
        ({"format": "color"}, "b" * 800, 1),
        ({"items": {}}, [1] * 50, 1 + 50),
        ({"items": {"minimum": 1}}, [1] * 50, 1 + 1 + 50 + 50),
        ({"contains": True}, [1] * 50, 1 + 50),
        ({"not": {"maxItems": 1}}, [1] * 99, 1 + 1 + 1 + 100 // 20),
        ({"not": {"maxItems": 1}}, [1] * 117, 1 + 1 + 1 + 119 // 20),
    ],
)
def test_each_keyword_takes_what_its_work_may_cost(schema, value, comparisons):
    assert fits(comparisons, schema, value)
    assert not fits(comparisons - 1, schema, value)


def test_a_list_is_read_once_for_its_weight_however_often_it_is_asked():
    class Counting(list):
        read = 0

        def __iter__(self):
            self.read += 1
            return super().__iter__()

    value = Counting([1, 2])
    with budget(None):
        assert [weight(value), weight(value)] == [3, 3]
    assert value.read == 1


def test_a_default_that_is_filled_in_takes_its_whole_size():
    schema = {"properties": {name: {"default": [[1] * 48]} for name in "abc"}}
    for left, fits_in in ((149, False), (400, True)):
        with budget(None):
            spend(ALL - left)
            whole = compiled(schema)
            try:
                assert fill(whole, [root(whole)], {}) == {name: [[1] * 48] for name in "abc"}
                assert fits_in
            except Costly:
                assert not fits_in


def test_an_error_keeps_no_copy_of_the_value():
    (error,) = violations({"anyOf": [{"maxLength": 1}] * 50}, "x" * 100_000)
    assert all(len(str(each.args)) + len(each.message) < 1_200 for each in (error, *error.context))
