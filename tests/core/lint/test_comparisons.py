"""The linter reports a comparison whose result the schema decides, and none that may have either result."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sagaflow.core.definition.condition import Condition, every, some, where
from sagaflow.core.definition.saga import Saga, Step, orchestrated
from sagaflow.core.lint import Known, lint
from sagaflow.core.schemas.json_schema import violations
from tests.core.thoroughness import examples

RUN = {
    "type": "object",
    "properties": {
        "total": {"type": "number"},
        "count": {"type": "integer"},
        "text": {"type": "string"},
        "kind": {"type": "string", "enum": ["gold", "silver"]},
        "both": {"type": ["integer", "string"]},
        "free": {},
        "open": {"anyOf": [{"type": "string"}]},
        "inside": {"type": "object", "properties": {"n": {"type": "integer"}}},
    },
}
KNOWN = Known(schemas={"one.do": (None, {"type": "object", "properties": {"left": {"type": "integer"}}})})


def told(condition, *, schema=RUN, **options):
    steps = (Step("a", "one.do", undo="one.undo"), Step("b", "one.b", condition=condition, **options))
    found = lint(Saga("s", orchestrated("main", *steps), input_schema=schema), KNOWN)
    return [each.message for each in found if each.rule == "compares-apart"]


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (
            where("/input/total", "gt", "100"),
            'compares /input/total, which is number, with "100", and never holds; correct the value, or the schema',
        ),
        (
            where("/input/text", "lt", 5),
            "compares /input/text, which is string, with 5, and never holds; correct the value, or the schema",
        ),
        (
            where("/input/count", "eq", 2.5),
            "compares /input/count, which is integer, with 2.5, and never holds; correct the value, or the schema",
        ),
        (
            where("/input/text", "ne", None),
            (
                "compares /input/text, which is string, with null, and always holds where there is a value; correct "
                "the value, or the schema"
            ),
        ),
        (
            where("/input/both", "in", [True, None]),
            (
                "compares /input/both, which is integer or string, with [true,null], and never holds; correct the "
                "value, or the schema"
            ),
        ),
        (
            where("/input/kind", "eq", "golds"),
            (
                'compares /input/kind, which is one of ["gold","silver"], with "golds", and never holds; did you mean '
                "'gold'? Otherwise correct the value, or the schema"
            ),
        ),
        (
            where("/steps/a/left", "eq", "0"),
            'compares /steps/a/left, which is integer, with "0", and never holds; correct the value, or the schema',
        ),
        (
            some(where("/input/free"), Condition("not", parts=(every(where("/input/inside/n", "ge", "7")),))),
            'compares /input/inside/n, which is integer, with "7", and never holds; correct the value, or the schema',
        ),
        (
            where("/input/inside", "gt", 7),
            "compares /input/inside, which is object, with 7, and never holds; correct the value, or the schema",
        ),
    ],
)
def test_a_comparison_with_what_the_schema_excludes_is_told(condition, message):
    assert told(condition) == [f"its condition {message}"]


@pytest.mark.parametrize(
    "condition",
    [
        where("/input/total", "gt", 100),
        where("/input/count", "lt", 2.5),
        where("/input/count", "eq", 2.0),
        where("/input/total", "eq", 3),
        where("/input/kind", "in", ["gold", "bronze"]),
        where("/input/kind", "gt", "golds"),
        where("/input/both", "gt", "x"),
        where("/input/free", "eq", "x"),
        where("/input/open", "eq", 5),
        where("/input/inside/other", "eq", 5),
        where("/input/text", "in", []),
        where("/input/text"),
        where("/steps/a/right", "eq", "0"),
    ],
)
def test_nothing_is_said_of_a_comparison_that_may_have_either_result(condition):
    assert told(condition) == []
    assert told(condition, schema=None) == []


def test_an_answer_that_can_never_be_the_refusal_is_told():
    step = Step("x", "one.do", undo="one.undo", fails_when={"sold_out": where("/output/left", "eq", "0")})
    found = lint(Saga("s", orchestrated("main", step)), KNOWN)
    [message] = [each.message for each in found if each.rule == "compares-apart"]
    assert message.startswith("its fails_when compares /output/left, which is integer, with")


VALUES = st.sampled_from((None, True, False, 0, 1, 2.0, 2.5, "", "x", "y", [], [1], {}, {"a": 1}))
TYPES = st.sampled_from(("null", "boolean", "integer", "number", "string", "array", "object"))
SCHEMAS = st.fixed_dictionaries(
    {}, optional={"type": TYPES | st.lists(TYPES, min_size=1, unique=True), "enum": st.lists(VALUES, min_size=1)}
)
COMPARISONS = st.builds(
    where, st.just("/input/v"), st.sampled_from(("eq", "ne", "lt", "le", "gt", "ge")), VALUES
) | st.builds(where, st.just("/input/v"), st.just("in"), st.lists(VALUES, max_size=3))


@given(SCHEMAS, COMPARISONS, VALUES)
@examples(2000)
def test_a_comparison_that_is_told_has_the_same_result_for_every_value_that_the_schema_allows(own, condition, value):
    schema = {"type": "object", "properties": {"v": own}}
    assume(not violations(schema, {"v": value}))
    if told(condition, schema=schema):
        assert condition.holds({"input": {"v": value}}) is (condition.op == "ne")


@pytest.mark.parametrize(("length", "shown"), [(58, '"' + "x" * 58 + '"'), (59, '"' + "x" * 58 + "…")])
def test_a_long_value_is_cut_after_sixty_characters(length, shown):
    [message] = told(where("/input/count", "eq", "x" * length))
    assert f", with {shown}, and never holds" in message


def test_only_a_text_is_compared_with_the_names_that_are_like_it():
    [message] = told(where("/input/kind", "in", [5, "golds"]))
    assert message.endswith("did you mean 'gold'? Otherwise correct the value, or the schema")
