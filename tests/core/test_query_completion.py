"""The completion of a query: what can stand at the caret, from what the language declares and the caller knows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagaflow.core.words.query_completion import complete
from sagaflow.core.words.run_query import FILTERS, parse

KNOWN = {
    "saga": {"order": "Order fulfilment", "refund": ""},
    "step": {"take_payment": "Take payment", "pack it": ""},
    "team": {"warehouse": ""},
}
VALUES = {"customer": ("ada", "alan", "bob the 2nd", "=x"), "order no": ("7",)}


def values_of(name, beginning):
    return [value for value in VALUES.get(name, ()) if value.startswith(beginning)]


def texts(text, caret=None):
    caret = len(text) if caret is None else caret
    found = complete(text, caret, KNOWN, ["customer", "order no"], values_of)
    return [option.text for option in found.options]


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("sta", ["status:"]),
        ("stu", ["status:stuck ", "attention:stuck "]),
        ("status:st", ["status:stuck "]),
        ("status:rolled", ["status:rolled_back "]),
        ("direction:", ["direction:do ", "direction:undo "]),
        ("saga:ful", ["saga:order "]),
        ("step:pack", ['step:"pack it" ']),
        ("team:w", ["team:warehouse "]),
        ("cust", ["customer="]),
        ("since:24", ["since:24h "]),
        ("error:", []),
        ("customer=a", ["customer=ada ", "customer=alan "]),
        ("customer=b", ['customer="bob the 2nd" ']),
        ('customer="bob t', ['customer="bob the 2nd" ']),
        ('"order no"=', ['"order no"=7 ']),
        ("customer=z", []),
        ("unknown=a", []),
        ('"quoted', []),
        ("nothing:x", []),
        ("unknown=status:", []),
        ("status", ["status:"]),
        ("o", ['"order no"=']),
        ("or", ['"order no"=', "saga:order ", "attention:no_worker "]),
        ("step:t", ["step:take_payment ", 'step:"pack it" ']),
    ],
)
def test_a_term_is_completed_by_the_names_and_values_that_there_are(typed, offered):
    assert texts(typed) == offered


def test_an_empty_field_offers_every_filter_and_one_that_is_there_is_not_offered_again():
    assert texts("") == [f"{name}:" for name in FILTERS] + ["customer=", '"order no"=']
    assert "saga:" not in texts("saga:order ")


def test_the_term_at_the_caret_is_replaced_and_no_other():
    text = "saga:order stat customer=ada"
    found = complete(text, len("saga:order sta"), KNOWN, [], values_of)
    assert text[found.start : found.end] == "stat"
    assert [option.text for option in found.options] == ["status:"]


def test_a_caret_before_a_term_completes_that_term():
    found = complete("saga:order status", len("saga:order "), KNOWN, [], values_of)
    assert (found.start, found.end) == (len("saga:order "), len("saga:order status"))


@pytest.mark.parametrize("typed", ["odd:", "=odd"])
def test_a_term_that_is_no_name_offers_no_values_that_look_like_it(typed):
    known = {"team": {"an odd:one": "", "a =odd one": ""}}
    assert complete(typed, len(typed), known, [], values_of).options == ()


def test_a_value_says_what_it_means_or_else_what_its_filter_means():
    found = complete("saga:", len("saga:"), KNOWN, [], values_of)
    assert [option.about for option in found.options] == ["Order fulfilment", FILTERS["saga"]]


def test_an_answer_has_at_most_20_options():
    names = [f"name_{number}" for number in range(30)]
    assert len(complete("name", 4, {}, names, values_of).options) == 20


def test_a_name_with_a_blank_is_quoted():
    assert '"order no"=' in texts("ord")


def test_values_that_begin_with_what_is_typed_come_first():
    found = complete("saga:ord", len("saga:ord"), {"saga": {"reorder": "", "order": ""}}, [], values_of)
    assert [option.text for option in found.options] == ["saga:order ", "saga:reorder "]


def test_values_are_offered_for_a_word_of_two_characters_or_more():
    assert "team:warehouse " in texts("wa")
    assert "team:warehouse " not in texts("w")
    assert texts("saga") == ["saga:"]


@given(st.text(max_size=40), st.integers(0, 40))
def test_each_finished_term_can_be_read(text, caret):
    found = complete(text, min(caret, len(text)), KNOWN, ["customer"], values_of)
    finished = [option.text for option in found.options if option.text.endswith(" ")]
    assert [parse(term)[1] for term in finished] == [()] * len(finished)
