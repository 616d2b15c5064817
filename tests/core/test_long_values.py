"""A page shows the beginning of a long value, and says that it is the beginning."""

import pytest

from sagaflow.core.words.long_values import MOST_SHOWN, cut, json_text

pytestmark = pytest.mark.quick


@pytest.mark.parametrize(
    ("text", "most", "shown", "says"),
    [
        ("", 3, "", ""),
        ("abc", 3, "abc", ""),
        ("abcd", 3, "abc…", "The first 3 of 4 characters are shown."),
    ],
)
def test_a_text_is_cut_only_if_it_is_longer_and_then_says_so(text, most, shown, says):
    assert cut(text, most) == (shown, says)


def test_a_page_shows_2000_characters_of_a_value_unless_it_says_otherwise():
    assert MOST_SHOWN == 2_000
    assert cut("x" * 2_001) == (f"{'x' * 2_000}…", "The first 2000 of 2001 characters are shown.")


def test_json_is_indented_by_two_and_keeps_letters_of_all_languages():
    assert json_text({"name": "Zoë"}) == '{\n  "name": "Zoë"\n}'
