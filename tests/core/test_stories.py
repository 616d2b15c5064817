"""Runs are told entry by entry in ``stories.txt``: what happened, with its values, and what caused it."""

import pytest

from tests.core.stories import ACTS, read, story

pytestmark = pytest.mark.quick
EXPECTED = read()


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_a_run_is_told_entry_by_entry_with_the_cause_of_each(act):
    assert story(act()) == EXPECTED[act.__name__]


def test_every_story_in_the_file_is_played():
    assert list(EXPECTED) == [act.__name__ for act in ACTS]
