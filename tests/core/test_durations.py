"""Durations in words: exact, measured, on a scale of milliseconds, and rough."""

import pytest

from sagaflow.core.definition import durations

pytestmark = pytest.mark.quick


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, ("0 s", "0.000 s", "0", "0 s", "just now")),
        (0.12, ("0.12 s", "0.120 s", "120 ms", "0 s", "just now")),
        (0.999, ("0.999 s", "0.999 s", "999 ms", "0 s", "just now")),
        (1, ("1 s", "1.000 s", "1.00 s", "1 s", "just now")),
        (9.5, ("9.5 s", "9.500 s", "9.50 s", "9 s", "just now")),
        (10, ("10 s", "10.0 s", "10.00 s", "10 s", "10 seconds ago")),
        (12.5, ("12.5 s", "12.5 s", "12.50 s", "12 s", "12 seconds ago")),
        (60, ("1 min", "1 min 0 s", "1 min", "60 s", "1 minute ago")),
        (120, ("2 min", "2 min 0 s", "2 min", "2 min", "2 minutes ago")),
        (185, ("3 min 5 s", "3 min 5 s", "3 min 5 s", "3 min", "3 minutes ago")),
        (7_800, ("2 h 10 min", "2 h 10 min", "2 h 10 min", "2 h", "2 hours ago")),
        (3_600, ("1 h", "1 h 0 min", "1 h", "60 min", "1 hour ago")),
        (86_400, ("1 d", "1 d 0 h", "1 d", "24 h", "1 day ago")),
        (90_061, ("1 d 1 h", "1 d 1 h", "1 d 1 h", "25 h", "1 day ago")),
        (356_400, ("4 d 3 h", "4 d 3 h", "4 d 3 h", "4 d", "4 days ago")),
    ],
)
def test_a_duration_is_worded_for_its_use(seconds, words):
    ways = (durations.duration, durations.measured, durations.fine, durations.rough, durations.ago)
    assert tuple(way(seconds) for way in ways) == words


def test_an_age_below_zero_is_none():
    assert durations.rough(-3) == "0 s"
