"""Conditions that can never hold."""

import pytest
from hypothesis import given

from sagaflow import Condition, every, some, where
from sagaflow.core.lint.unreachable import contradicts
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
