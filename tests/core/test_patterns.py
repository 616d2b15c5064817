"""Patterns that users write run on an engine of linear time; one that it refuses comes with the reason and a remedy."""

import pytest
import re2

from sagaflow.core.schemas.patterns import LONGEST, cost, pattern_fault, search

pytestmark = pytest.mark.quick

TRIALS = "write it without look-around and back-references"
SIZE = "repeat less, and limit lengths by maxLength"


@pytest.mark.parametrize(
    ("pattern", "remedy"),
    [
        ("(?=a)b", TRIALS),
        ("(?<!a)b", TRIALS),
        (r"(a)\1", TRIALS),
        ("a{1001}", SIZE),
        (r"\pL{60}", SIZE),
        ("(", "correct it"),
        (r"\y", "correct it"),
        ("[9-0]", "correct it"),
        ("a" * (LONGEST + 1), "201 characters, and 200 is the limit; shorten it"),
    ],
)
def test_a_pattern_that_the_engine_refuses_is_told_with_its_remedy(pattern, remedy, capfd):
    assert pattern_fault(pattern).endswith(remedy)
    assert capfd.readouterr().err == ""  # the engine itself logs nothing


@pytest.mark.parametrize("pattern", ["", "a" * LONGEST, r"\pL{40}", "^[a-z]+$"])
def test_a_pattern_of_a_usable_size_can_be_used(pattern):
    assert pattern_fault(pattern) == ""


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"^\u0041$", "A", True),
        (r"^\u00e9\u0042$", "éB", True),
        (r"^\\u0041$", r"\u0041", True),
        (r"^\\u0041$", "A", False),
        (r"^\\\u0041$", r"\A", True),
    ],
)
def test_a_character_by_its_code_is_that_character_unless_its_backslash_is_escaped(pattern, text, found):
    assert search(pattern, text) is found


def test_the_cost_of_a_search_grows_with_the_pattern_and_the_text():
    assert cost("a", "") == 1
    assert cost("a", "x" * 6400) == 1 + 100 * re2.compile("a").programsize
    assert cost("a{100}", "x" * 6400) == 1 + 100 * re2.compile("a{100}").programsize
