"""Conditions that nothing can make true."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagaflow import Condition, Step, WaitForEvent, every, orchestrated, some, where
from sagaflow.core.definition.saga import Saga
from sagaflow.core.lint import lint
from sagaflow.core.lint.contradiction import contradicts
from tests.core.strategies import sagas

X, Y = "/input/x", "/input/y"


def no(condition):
    return Condition("not", parts=(condition,))


@pytest.mark.parametrize(
    ("condition", "never"),
    [
        (every(where(X, "eq", 1), where(X, "eq", 2)), True),
        (every(where(X, "eq", 1), where(Y, "eq", 2)), False),
        (every(where(X, "eq", 1), where(X, "eq", 1.0)), False),
        (every(where(X, "eq", 1), where(X, "eq", True)), True),
        (every(where(X, "eq", 1), where(X, "ne", 1)), True),
        (every(where(X, "eq", 1), where(X, "in", [2, 3])), True),
        (every(where(X, "in", [1, 2]), where(X, "in", [2, 3])), False),
        (every(where(X, "in", [1, 2]), where(X, "gt", 2)), True),
        (where(X, "in", []), True),
        (every(where(X), where(X, "absent")), True),
        (every(where(X, "eq", 1), where(X, "absent")), True),
        (every(where(f"{X}/z/y"), where(X, "absent")), True),
        (every(where(f"{X}/z"), no(where(X))), True),
        (every(where(f"{X}z"), where(X, "absent")), False),
        (every(where(X), where(f"{X}/z", "absent")), False),
        (every(where(f"{X}/z", "absent"), where(X, "absent")), False),
        (every(where("/input/x"), where("/input", "absent")), True),
        (every(where(X, "absent"), where(Y)), False),
        (every(where(X, "gt", 5), where(X, "lt", 5)), True),
        (every(where(X, "ge", 5), where(X, "le", 5)), False),
        (every(where(X, "gt", 5), where(X, "le", 5)), True),
        (every(where(X, "ge", 5), where(X, "le", 7), where(X, "ne", 5)), False),
        (every(where(X, "gt", 5), where(X, "lt", "a")), True),
        (every(where(X, "gt", "a"), where(X, "lt", "b")), False),
        (where(X, "gt", True), True),
        (where(X, "lt", None), True),
        (every(where(X), no(where(X))), True),
        (every(where(X, "lt", 5), no(where(X, "lt", 6))), True),
        (every(where(X, "lt", 5), no(where(X, "lt", 4))), False),
        (every(where(X, "lt", 5), no(where(X, "lt", "a"))), False),
        (every(where(X, "eq", 1), no(where(X, "in", [1, 2]))), True),
        (every(no(where(X, "eq", 1)), no(where(X, "ne", 1))), False),
        (every(where(X), no(where(X, "eq", 1)), no(where(X, "ne", 1))), True),
        (every(where(X, "ge", 5), where(X, "le", 5), where(X, "ne", 5)), True),
        (every(no(where(X, "absent")), where(X, "absent")), True),
        (every(no(some(where(X, "eq", 1), where(Y, "eq", 2))), where(Y, "in", [2])), True),
        (every(some(no(where(X)), no(where(Y))), where(X), where(Y)), True),
        (every(where(X, "eq", 1), no(where(X, "eq", 1))), True),
        (some(every(where(X), where(X, "absent")), where(Y)), False),
        (some(where(X, "in", []), every(where(Y, "eq", 1), where(Y, "eq", 2))), True),
        (every(some(where(X, "eq", 1), where(X, "eq", 2)), where(X, "eq", 3)), True),
        (every(some(where(X, "eq", 1), where(X, "eq", 2)), where(X, "eq", 2)), False),
    ],
)
def test_a_contradiction_is_seen(condition, never):
    assert contradicts(condition) is never


@given(sagas(max_steps=4))
def test_a_condition_that_holds_for_some_facts_is_no_contradiction(saga):
    facts = [
        {"input": {"flag": flag, "total": total}, "steps": {}} for flag in (True, 0, "x") for total in (0, 1, 1.5, 3)
    ]
    for name in saga.steps:
        condition = saga.steps[name].condition
        if condition is not None and any(condition.holds(each) for each in facts):
            assert not contradicts(condition)


def six(last):
    """64 ways: two for each of six values; and one condition more."""
    return every(*(some(where(f"/input/{name}", "eq", 1), where(f"/input/{name}", "eq", 2)) for name in "abcdef"), last)


def test_all_of_64_ways_are_looked_at_and_more_are_not():
    assert contradicts(six(where("/input/f", "eq", 3)))
    five = some(*(where("/input/a", "eq", number) for number in range(5)))
    thirteen = some(*(where("/input/b", "eq", number) for number in range(13)))
    assert not contradicts(every(where("/input/b", "eq", 99), five, thirteen))


def test_bounds_the_wrong_way_round_are_a_contradiction():
    assert contradicts(every(where(X, "ge", 6), where(X, "le", 5)))


def test_the_output_of_a_skipped_step_has_no_fields_but_the_step_itself_can_be_asked_for():
    assert contradicts(where("/steps/a/x"), {"a"})
    assert not contradicts(where("/steps/a"), {"a"})


POINTERS = (X, Y, "/input/x/z", "/steps/a", "/steps/a/v")
VALUES = st.sampled_from([0, 1, 1.0, 2, True, None, "a", "b", [1], {"z": 1}])
COMPARISONS = st.one_of(
    st.builds(where, st.sampled_from(POINTERS), st.sampled_from(["eq", "ne", "lt", "le", "gt", "ge"]), VALUES),
    st.builds(lambda pointer, values: where(pointer, "in", values), st.sampled_from(POINTERS), st.lists(VALUES)),
    st.builds(where, st.sampled_from(POINTERS), st.sampled_from(["exists", "absent"])),
)
CONDITIONS = st.recursive(
    COMPARISONS,
    lambda parts: st.one_of(
        parts.map(no),
        st.lists(parts, min_size=1, max_size=4).map(lambda each: every(*each)),
        st.lists(parts, min_size=1, max_size=4).map(lambda each: some(*each)),
    ),
    max_leaves=12,
)
FACTS = st.fixed_dictionaries(
    {
        "input": st.dictionaries(st.sampled_from("xy"), VALUES),
        "steps": st.dictionaries(st.just("a"), st.dictionaries(st.just("v"), VALUES)),
    }
)


def opposite(condition):
    """The negation of a condition by De Morgan, with the parts in another order."""
    match condition.op:
        case "not":
            return condition.parts[0]
        case "every" | "some":
            parts = [opposite(part) for part in reversed(condition.parts)]
            return some(*parts) if condition.op == "every" else every(*parts)
        case _:
            return no(condition)


@given(CONDITIONS, CONDITIONS, st.lists(FACTS, min_size=20, max_size=20))
def test_no_data_makes_a_contradiction_true(one, other, facts):
    """Law: a rule that calls two conditions exclusive is never wrong about any data."""
    for both in (one, every(one, other), every(one, no(other))):
        if contradicts(both):
            assert not any(both.holds(each) for each in facts)


@given(CONDITIONS)
def test_a_condition_and_its_negation_are_always_a_contradiction(condition):
    """Law: it is seen for every condition, however large, and by whatever rule of De Morgan its negation is written."""
    assert contradicts(every(condition, no(condition)))
    assert contradicts(every(opposite(condition), no(no(condition))))
    assert not contradicts(some(condition, no(condition)))


def test_a_negation_is_seen_where_there_are_too_many_ways_to_look_at():
    wide = every(*(some(*(where(f"/input/{at}", "eq", value) for value in range(9))) for at in "abcdefgh"))
    assert contradicts(every(no(wide), wide))
    assert contradicts(every(every(wide, where(Y)), no(wide))), "what all of a part needs is needed by the whole"
    assert contradicts(every(some(wide), no(wide))), "a choice of one thing is none"
    assert not contradicts(wide)


@pytest.mark.parametrize(
    "condition", [where(X, "eq", "card"), where(X, "lt", 5), where(X, "in", ["a"]), some(where(X, "eq", 1), where(Y))]
)
def test_waits_of_which_one_is_always_skipped_may_have_one_event(condition):
    waits = [
        Step(name, WaitForEvent("Paid"), timeout=9, condition=only, after=())
        for name, only in (("a", condition), ("b", no(condition)))
    ]
    assert "one-event-two-waits" not in {each.rule for each in lint(Saga("s", orchestrated("main", *waits)))}
