"""The core decides as it always did: no entry, link, snapshot or command of 600 random runs differs by a byte.

CI plays all of them, and the quick profile a tenth of each part, another one each time.
"""

import random

import pytest

from tests.core.golden import COUNT, hash_of, read
from tests.core.thoroughness import share

pytestmark = pytest.mark.quick
EXPECTED = read()
PART = 50


@pytest.mark.parametrize("first", range(0, COUNT, PART))
def test_the_decisions_about_random_runs_are_those_of_the_core_before(first):
    numbers = random.sample(range(first, first + PART), share(PART))
    assert {number: hash_of(number) for number in numbers} == {number: EXPECTED[number] for number in numbers}


def test_every_run_of_the_file_is_played():
    assert len(EXPECTED) == COUNT
