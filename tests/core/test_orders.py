"""The search for races plays the orders that it always played: none that matters is left out, and none is added."""

import pytest

from tests.core.orders import read, searched

EXPECTED = read()


@pytest.mark.parametrize("number", EXPECTED)
def test_a_search_goes_on_as_often_as_before_and_tells_the_same_ends(number):
    assert searched(number) == EXPECTED[number]
