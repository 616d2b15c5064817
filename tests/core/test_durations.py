"""Durations in words: exact, measured, on a scale of milliseconds, and rough."""

import pytest

from sagaflow.core.definition import durations

pytestmark = pytest.mark.quick


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, ("0 s", "0.000 s", "0", "0 s", "just now")),
        (0.12, ("0.12 s", "0.120 s", "120 ms", "0 s", "just now")),
        (12.5, ("12.5 s", "12.5 s", "12.50 s", "12 s", "12 seconds ago")),
        (60, ("1 min", "1 min 0 s", "1 min", "60 s", "1 minute ago")),
        (185, ("3 min 5 s", "3 min 5 s", "3 min 5 s", "3 min", "3 minutes ago")),
        (7_800, ("2 h 10 min", "2 h 10 min", "2 h 10 min", "2 h", "2 hours ago")),
        (356_400, ("4 d 3 h", "4 d 3 h", "4 d 3 h", "4 d", "4 days ago")),
    ],
)
def test_a_duration_is_worded_for_its_use(seconds, words):
    ways = (durations.duration, durations.measured, durations.fine, durations.rough, durations.ago)
    assert tuple(way(seconds) for way in ways) == words


def test_an_age_below_zero_is_none():
    assert durations.rough(-3) == "0 s"
