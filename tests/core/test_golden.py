"""The core decides as it always did: no entry, link, snapshot or command of 600 random runs differs by a byte."""

import pytest

from tests.core.golden import COUNT, hash_of, read

pytestmark = pytest.mark.quick
EXPECTED = read()
PART = 50


@pytest.mark.parametrize("first", range(0, COUNT, PART))
def test_the_decisions_about_random_runs_are_those_of_the_core_before(first):
    numbers = range(first, first + PART)
    assert [hash_of(number) for number in numbers] == EXPECTED[first : first + PART]


def test_every_run_of_the_file_is_played():
    assert len(EXPECTED) == COUNT
