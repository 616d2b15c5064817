"""Conditions always have an answer, which depends only on data."""

import json
from enum import IntEnum, StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagaflow.core.definition.condition import COMPARISONS, Condition, every, resolve, some, where


class Country(StrEnum):
    NL = "NL"


class Level(IntEnum):
    HIGH = 100


FACTS = {
    "input": {
        "total": 100,
        "express": True,
        "country": "NL",
        "lines": [{"sku": "a"}, {"sku": "b"}],
        "a/b": 1,
        "m~n": 2,
        "none": None,
        "tags": ["x", ["y"]],
        "ones": [1],
    },
    "steps": {"check": {"ok": False, "score": 0.5}, "skipped": None},
}

HOLDS = [
    (where("/input/total", "eq", 100), True),
    (where("/input/total", "eq", 100.0), True),
    (where("/input/total", "eq", "100"), False),
    (where("/input/total", "ne", 100), False),
    (where("/input/total", "ne", "100"), True),
    (where("/input/missing", "ne", 1), False),
    (where("/input/express", "eq", True), True),
    (where("/input/express", "eq", 1), False),
    (where("/input/a~1b", "eq", True), False),
    (where("/input/none", "eq", None), True),
    (where("/input/none", "eq", False), False),
    (where("/input/total", "lt", 101), True),
    (where("/input/total", "le", 100), True),
    (where("/input/total", "gt", 100), False),
    (where("/input/total", "ge", 100), True),
    (where("/input/country", "lt", "PL"), True),
    (where("/input/country", "gt", 5), False),
    (where("/input/total", "lt", "NL"), False),
    (where("/input/express", "gt", False), False),
    (where("/input/lines", "lt", []), False),
    (where("/input/country", "in", ["BE", "NL"]), True),
    (where("/input/country", "in", []), False),
    (where("/input/country", "eq", Country.NL), True),
    (where("/input/country", "ne", Country.NL), False),
    (where("/input/country", "in", [Country.NL]), True),
    (where("/input/country", "le", Country.NL), True),
    (where("/input/total", "eq", Level.HIGH), True),
    (where("/input/total", "gt", Level.HIGH), False),
    (where("/input/tags", "eq", ["x", ["y"]]), True),
    (where("/input/tags", "eq", ("x", ("y",))), True),
    (where("/input/tags", "eq", ["x", "y"]), False),
    (where("/input/tags", "ne", ["x", ["y"]]), False),
    (where("/input/tags/1", "in", ["y", ["y"]]), True),
    (where("/input/lines/0", "eq", {"sku": "a"}), True),
    (where("/input/ones", "eq", [1]), True),
    (where("/input/ones", "eq", [1.0]), True),
    (where("/input/ones", "eq", [True]), False),
    (where("/input/total", "in", [True]), False),
    (where("/input/country"), True),
    (where("/input/none"), True),
    (where("/input/missing"), False),
    (where("/input/missing", "absent"), True),
    (where("/input/none", "absent"), False),
    (where("/input/lines/1/sku", "eq", "b"), True),
    (where("/input/lines/2"), False),
    (where("/input/lines/-1"), False),
    (where("/input/a~1b", "eq", 1), True),
    (where("/input/m~0n", "eq", 2), True),
    (where("/steps/check/ok", "eq", False), True),
    (where("/steps/check/score", "ge", 0.5), True),
    (where("/steps/skipped/ok", "absent"), True),
    (every(where("/input/total"), where("/input/missing")), False),
    (every(where("/input/total"), where("/input/country")), True),
    (some(where("/input/total"), where("/input/missing")), True),
    (some(where("/input/missing")), False),
    (Condition("not", parts=(where("/input/missing"),)), True),
]


@pytest.mark.parametrize(("condition", "holds"), HOLDS)
def test_a_condition_holds_when_its_data_does(condition, holds):
    assert condition.holds(FACTS) is holds
    assert condition.faults() == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=5,
)


@given(st.sampled_from(COMPARISONS), st.sampled_from(("", "/input", "/input/a", "/input/0/b")), JSON, JSON)
def test_a_condition_always_has_an_answer(op, pointer, value, found):
    condition = where(pointer, op, [value] if op == "in" else value)
    assert condition.holds({"input": found}) in (True, False)


def tupled(value):
    """The same JSON value, as code may write it: each list is a tuple."""
    if isinstance(value, dict):
        return {key: tupled(item) for key, item in value.items()}
    return tuple(map(tupled, value)) if isinstance(value, list) else value


@given(JSON, JSON)
def test_every_value_equals_itself_however_the_condition_is_written(value, other):
    """Law: ``eq`` of a value holds of it and ``ne`` does not, in code, with tuples, and in a document."""
    facts = json.loads(json.dumps({"input": {"a": value}}))
    answers = {"eq": value, "ne": value, "in": [other, value]}
    for op, given_ in answers.items():
        written = where("/input/a", op, given_), where("/input/a", op, tupled(given_))
        stored = json.loads(json.dumps(written[0].document()))
        assert json.loads(json.dumps(written[1].document())) == stored
        for condition in (*written, Condition.read(stored)):
            assert condition.holds(facts) is (op != "ne")
            assert condition.document() == stored


def test_it_knows_the_steps_whose_outputs_it_reads():
    condition = every(where("/steps/a/ok"), some(where("/input/x"), where("/steps/b~1c", "eq", 1)))
    assert condition.steps() == {"a", "b/c"}


def test_a_pointer_that_leads_nowhere_finds_the_default():
    assert resolve({"a": [1]}, "/a/0") == 1
    assert resolve({"a": [1]}, "/a/x", "default") == "default"
    assert resolve({"a": "text"}, "/a/0", "default") == "default"
    assert resolve(5, "") == 5


@pytest.mark.parametrize(
    ("condition", "faults"),
    [
        (Condition("every"), ["'every' has 0 parts; give some"]),
        (Condition("not"), ["'not' has 0 parts; give one"]),
        (Condition("not", parts=(where("/input/a"),) * 2), ["'not' has 2 parts; give one"]),
        (Condition("like", "/input/a"), ["the operator 'like' is unknown; use one of eq, ne"]),
        (where("input/a"), ["'input/a' is not a JSON pointer"]),
        (where(5), ["'5' is not a JSON pointer"]),
        (where(""), ["the pointer '' looks at neither /input nor /steps/<step>"]),
        (where("/output/a"), ["the pointer '/output/a' looks at neither"]),
        (
            where("/inputs/a"),
            ["the pointer '/inputs/a' looks at neither /input nor /steps/<step>; did you mean 'input'?"],
        ),
        (where("/inputs"), ["looks at neither"]),
        (where("/step/a"), ["did you mean 'steps'?"]),
        (where("/steps"), ["the pointer '/steps' looks at neither"]),
        (where("/input/a", "in", "abc"), ["the value of 'in' is not a list"]),
        (where("/input/a", "in", [1]), []),
        (where("/input/a", "eq", float("nan")), ["the value of 'eq'"]),
        (where("/input/" + "x" * 493), []),
        (where("/input/" + "x" * 494), ["is not a JSON pointer"]),
    ],
)
def test_each_fault_of_a_condition_is_named(condition, faults):
    found = list(dict.fromkeys(condition.faults()))
    assert len(found) == len(faults)
    assert all(fault in sentence for fault, sentence in zip(faults, found, strict=True))


@pytest.mark.parametrize(
    ("pointer", "says"),
    [
        ("/input/a", "the pointer '/input/a' does not look at /output"),
        ("/outptu/a", "the pointer '/outptu/a' does not look at /output; did you mean 'output'?"),
        ("/a/output", "the pointer '/a/output' does not look at /output"),
    ],
)
def test_a_pointer_that_looks_elsewhere_is_told_the_place(pointer, says):
    assert where(pointer).faults(("output",)) == [says]
    assert where("/output/a").faults(("output",)) == []


@pytest.mark.parametrize(
    ("condition", "document"),
    [
        (where("/input/a", "gt", 1), {"gt": ["/input/a", 1]}),
        (where("/input/a", "in", ["x", "y"]), {"in": ["/input/a", ["x", "y"]]}),
        (where("/input/a"), {"exists": "/input/a"}),
        (where("/input/a", "absent"), {"absent": "/input/a"}),
        (every(where("/input/a"), where("/input/b")), {"every": [{"exists": "/input/a"}, {"exists": "/input/b"}]}),
        (some(where("/input/a")), {"some": [{"exists": "/input/a"}]}),
        (Condition("not", parts=(where("/input/a", "eq", 1),)), {"not": {"eq": ["/input/a", 1]}}),
    ],
)
def test_a_condition_is_read_from_its_document(condition, document):
    assert condition.document() == document
    assert Condition.read(document) == condition


@pytest.mark.parametrize(
    ("pointer", "steps"),
    [("/steps/a", {"a"}), ("/steps", set()), ("/tests/a", set()), ("/input/steps/a", set()), ("/steps/a/b/c", {"a"})],
)
def test_only_a_pointer_below_a_step_reads_its_output(pointer, steps):
    assert where(pointer).steps() == steps
