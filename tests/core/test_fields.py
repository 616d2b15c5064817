"""Durations and whole numbers of a definition, at their limits."""

import json
import math
from enum import IntEnum, StrEnum

import pytest
from jsonschema import Draft202012Validator

from sagaflow.core.definition.fields import duration_faults, plain, seconds

pytestmark = pytest.mark.quick

TEN_YEARS = 316_224_000
SCHEMA = Draft202012Validator(seconds("A duration."))


@pytest.mark.parametrize("value", [1e-9, 1, TEN_YEARS])
def test_a_duration_is_above_0_and_ten_years_at_most(value):
    assert not list(duration_faults("timeout", value))
    assert SCHEMA.is_valid(value)


@pytest.mark.parametrize("value", [0, -0.5, TEN_YEARS + 1, math.inf, 10**400, True, "5", None])
def test_whatever_else_is_no_duration_and_no_editor_proposes_it(value):
    [(message, rule)] = duration_faults("timeout", value)
    assert (message, rule) == (f"timeout is {value}; give seconds above 0, ten years at most", "duration")
    assert not SCHEMA.is_valid(value)


def test_what_is_not_a_number_is_no_duration():
    assert list(duration_faults("timeout", math.nan))


def test_a_delay_may_be_0_and_has_the_same_limit():
    assert not list(duration_faults("delay", 0, zero=True))
    assert list(duration_faults("delay", -1, zero=True))
    assert list(duration_faults("delay", TEN_YEARS + 1, zero=True))


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (2.0, "2"),
        (2.5, "2.5"),
        (2.0**53 - 1, "9007199254740991"),
        (2.0**53, "9007199254740992.0"),
        (-(2.0**53), "-9007199254740992.0"),
        ([2.0, {"a": (3.0,)}], "[2, {'a': [3]}]"),
    ],
)
def test_a_whole_number_that_a_browser_can_hold_has_no_fraction(value, written):
    assert str(plain(value)) == written


class Colour(StrEnum):
    RED = "red"


class Level(IntEnum):
    HIGH = 3


class Ratio(float):
    """A number of a type of its own, as a library may return it."""


def test_values_of_subclasses_become_values_of_the_json_types_with_the_same_text():
    given = {Colour.RED: [Colour.RED, Level.HIGH, Ratio(2.5), Ratio(2), True, None]}
    assert repr(plain(given)) == "{'red': ['red', 3, 2.5, 2, True, None]}"
    assert json.loads(json.dumps(given)) == plain(given)
