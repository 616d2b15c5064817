import pytest

from sagaflow import every, some, where
from sagaflow.core.definition.condition import Condition
from sagaflow.core.definition.durations import duration
from sagaflow.flowchart.measure import width
from sagaflow.flowchart.words import clean, condition_text, humanize, shorten
from tests.flowchart.nasty import ANYTHING


@pytest.mark.parametrize("text", ANYTHING)
def test_cleaned_text_is_one_line_that_xml_and_utf8_can_carry(text):
    cleaned = clean(text)
    assert len(cleaned) <= 500
    assert cleaned.encode().decode() == cleaned
    assert not set(cleaned) & set("\x00\x07\x1b\n\r\t\u202e\u2066\u200f\ufffe")


def test_a_long_text_ends_with_an_ellipsis():
    assert shorten("abcdef", 4) == "abc…"
    assert shorten("abcd", 4) == "abcd"


@pytest.mark.parametrize(
    ("name", "words"),
    [("take_payment", "Take payment"), ("order-fulfilment", "Order fulfilment"), ("OrderPlaced", "OrderPlaced")],
)
def test_names_become_words(name, words):
    assert humanize(name) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (0.5, "0.5 s"), (90, "1 min 30 s"), (7200, "2 h"), (90061, "1 d 1 h")]
)
def test_durations_have_their_two_largest_units(seconds, words):
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (where("/input/total", "gt", 100), "input.total > 100"),
        (where("/steps/pay/free", "eq", True), "pay.free = true"),
        (where("/input/country", "in", ["NL", "BE"]), "input.country in “NL”, “BE”"),
        (where("/input/voucher"), "input.voucher is present"),
        (
            every(where("/input/a"), some(where("/input/b"), where("/input/c", "absent"))),
            "input.a is present and (input.b is present or input.c is absent)",
        ),
        (Condition("not", parts=(where("/input/a", "eq", None),)), "not input.a = null"),
    ],
)
def test_conditions_are_put_into_words(condition, words):
    assert condition_text(condition) == words


def test_wider_letters_take_more_room_and_combining_marks_none():
    assert width("iii", 12) < width("nnn", 12) < width("WWW", 12) < width("日日日", 12)
    assert width("e\u0301", 12) == width("e", 12)
