"""Retry policies: the time until the next attempt, and values out of range."""

import math
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagaflow.core.definition.fields import LONGEST
from sagaflow.core.definition.forms import properties
from sagaflow.core.definition.retry import PATIENT, STANDARD, RetryPolicy, doubled


def test_delays_double_until_the_longest():
    policy = RetryPolicy(delay=1, factor=2, max_delay=5, jitter=0)
    assert [policy.wait(failed, 0.9) for failed in (1, 2, 3, 4, 5000)] == [1, 2, 4, 5, 5]


def test_a_delay_that_grows_beyond_every_number_is_the_longest_one():
    assert RetryPolicy(delay=1, factor=1e10, max_delay=5, jitter=0).wait(60, 0.9) == 5
    assert RetryPolicy(delay=0, factor=1e10, max_delay=5, jitter=0).wait(60, 0.9) == 0


def test_a_number_is_written_in_one_form():
    assert RetryPolicy(attempts=3, delay=60.0).document(STANDARD) == {"attempts": 3, "delay": 60}
    assert str(RetryPolicy(attempts=3.0, delay=60.0).document(STANDARD)) == "{'attempts': 3, 'delay': 60}"


def test_the_schema_names_the_limits_that_there_are():
    limits = {name: (each.get("minimum"), each.get("maximum")) for name, each in properties(RetryPolicy).items()}
    assert limits == {
        "attempts": (1, 1000),
        "delay": (0, LONGEST),
        "max_delay": (0, LONGEST),
        "factor": (1, None),
        "jitter": (0, 1),
        "total": (None, LONGEST),
    }


def test_the_number_of_attempts_is_a_whole_one():
    schema = properties(RetryPolicy)
    assert schema["attempts"]["type"] == "integer"
    assert {name for name, each in schema.items() if each["type"] == "number"} == schema.keys() - {"attempts"}


def test_chance_takes_its_share_away_and_no_more():
    policy = RetryPolicy(delay=10, jitter=0.5)
    assert policy.wait(1, 0.0) == 10
    assert policy.wait(1, 0.5) == 7.5


@given(
    st.builds(
        RetryPolicy,
        delay=st.floats(0, 1e6),
        max_delay=st.floats(0, 1e6),
        factor=st.floats(1, allow_infinity=False) | st.integers(1, 10**300),
        jitter=st.floats(0, 1),
    ),
    st.integers(1, 1000),
    st.floats(0, 1, exclude_max=True),
)
def test_a_delay_is_never_negative_nor_longer_than_the_longest(policy, failed, chance):
    assert policy.faults() == []
    assert 0 <= policy.wait(failed, chance) <= policy.max_delay


@pytest.mark.parametrize(
    ("policy", "says"),
    [
        (RetryPolicy(attempts=0), "attempts is 0"),
        (RetryPolicy(attempts=1001), "1 to 1000"),
        (RetryPolicy(delay=-1), "delay is -1"),
        (RetryPolicy(delay=math.nan), "delay is nan"),
        (RetryPolicy(max_delay=math.inf), "max_delay is inf"),
        (RetryPolicy(factor=0.9), "factor is 0.9"),
        (RetryPolicy(jitter=1.1), "jitter is 1.1"),
        (RetryPolicy(total=0), "total is 0"),
        (RetryPolicy(total=-1), "total is -1"),
        (RetryPolicy(total=math.inf), "total is inf"),
        (RetryPolicy(total=LONGEST + 1), "ten years at most"),
        (RetryPolicy(delay=LONGEST + 1), "seconds from 0 to ten years"),
        (RetryPolicy(max_delay=LONGEST + 1), "seconds from 0 to ten years"),
        (RetryPolicy(factor=math.inf), "factor is inf"),
        (RetryPolicy(factor=10**400), "factor is 1000"),
    ],
)
def test_a_value_out_of_range_is_named(policy, says):
    assert any(says in fault for fault in policy.faults())


@pytest.mark.parametrize(
    "policy",
    [
        RetryPolicy(attempts=1),
        RetryPolicy(attempts=1000),
        RetryPolicy(delay=0, max_delay=0),
        RetryPolicy(delay=LONGEST, max_delay=LONGEST, total=LONGEST),
        RetryPolicy(factor=1),
        RetryPolicy(factor=1e308),
        RetryPolicy(jitter=0),
        RetryPolicy(jitter=1),
        RetryPolicy(total=0.5),
    ],
)
def test_a_value_at_its_limit_is_allowed(policy):
    assert policy.faults() == []


def test_a_policy_is_written_by_name_and_never_changed():
    with pytest.raises(TypeError):
        RetryPolicy(5)
    with pytest.raises(FrozenInstanceError):
        STANDARD.attempts = 6


def test_an_action_is_tried_five_times_within_a_quarter_of_a_minute_and_never_waits_more_than_five_minutes():
    assert STANDARD.attempts == 5
    assert [STANDARD.wait(n, 0) for n in range(1, 5)] == [1, 2, 4, 8]
    assert STANDARD.wait(50, 0) == 300


def test_an_undo_is_tried_for_hours_and_never_waits_more_than_one():
    assert PATIENT.attempts == 12
    assert [PATIENT.wait(n, 0) for n in (1, 2, 3, 9, 10, 11)] == [1, 2.5, 6.25, 2.5**8, 3600, 3600]


def test_an_undo_is_worth_more_patience_than_an_action():
    assert STANDARD.faults() == PATIENT.faults() == []
    assert sum(PATIENT.wait(n, 0) for n in range(1, 12)) > 60 * sum(STANDARD.wait(n, 0) for n in range(1, 5))


@pytest.mark.parametrize(("times", "seconds"), [(0, 1.5), (1, 3.0), (3, 12.0), (4, 20.0), (64, 20.0), (10**9, 20.0)])
def test_a_pause_doubles_up_to_its_limit(times, seconds):
    assert doubled(1.5, times, 20.0) == seconds
    assert doubled(0.0, times, 20.0) == 0.0
