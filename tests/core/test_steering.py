"""Characters that steer a page or a terminal are shown as their codes."""

import json

from hypothesis import given
from hypothesis import strategies as st

from sagaflow.core.words.steering import visible

STEERING = "\x00\x07\x0b\r\x1b\x7f\x85\x9b\u061c\u200e\u200f\u2028\u202a\u202e\u2066\u2069\ud800"
TEXTS = st.text() | st.text(alphabet=f"{STEERING}a\\ \t\n")


@given(TEXTS, TEXTS)
def test_what_is_shown_steers_nothing_and_each_character_is_shown_for_itself(one, two):
    shown = visible(one)
    assert not set(shown) & set(STEERING)
    assert visible(shown) == shown
    assert visible(one + two) == shown + visible(two)


@given(TEXTS)
def test_json_that_is_made_visible_means_the_same(text):
    assert json.loads(visible(json.dumps(text, ensure_ascii=False))) == text


def test_each_mark_has_its_code():
    assert visible("a\u202eb\x1b[31m\tc\n\x00") == "a\\u202eb\\u001b[31m\tc\n\\u0000"
    assert visible("a\tb\r", kept="") == "a\\u0009b\\u000d"
    assert visible("Grüße 👩‍🚀 שלום") == "Grüße 👩‍🚀 שלום"
