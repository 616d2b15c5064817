"""Conditions that can never hold."""

from dataclasses import replace

import pytest
from hypothesis import given

from sagaflow import Condition, Step, WaitForEvent, every, nothing, some, where
from sagaflow.core.lint import lint
from sagaflow.core.lint.unreachable import contradicts
from tests.core.lint.samples import NEVER, A, main, step
from tests.core.strategies import sagas

X, Y = "/input/x", "/input/y"


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
        (every(where(X, "absent"), where(Y)), False),
        (every(where(X, "gt", 5), where(X, "lt", 5)), True),
        (every(where(X, "ge", 5), where(X, "le", 5)), False),
        (every(where(X, "gt", 5), where(X, "le", 5)), True),
        (every(where(X, "gt", 5), where(X, "lt", "a")), True),
        (every(where(X, "gt", "a"), where(X, "lt", "b")), False),
        (where(X, "gt", True), True),
        (where(X, "lt", None), True),
        (every(where(X), Condition("not", parts=(where(X),))), True),
        (every(where(X, "eq", 1), Condition("not", parts=(where(X, "eq", 1),))), False),
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


def messages(saga):
    return {each.element.split("/")[-1]: each.message for each in lint(saga) if each.rule == "unreachable"}


def test_the_message_names_only_what_is_always_skipped():
    saga = main(
        A,
        step("x", condition=NEVER, undo=nothing("x"), outputs=("v",)),
        step("y", condition=every(where("/steps/x/v"), where("/steps/a/v")), undo=nothing("y")),
    )
    found = messages(saga)
    assert found["x"].startswith("its condition can never hold, so that")
    assert "(it reads the output of 'x', which is always skipped)" in found["y"]


def test_the_message_names_the_first_step_that_can_never_be_done():
    waits = [Step(name, WaitForEvent("ADone"), timeout=9.0, after=("a",)) for name in ("w2", "w1")]
    saga = main(replace(A, emits="ADone"), *waits, step("x", after=("w1", "w2"), undo=nothing("x")))
    assert "'w1' comes before it" in messages(saga)["x"]
