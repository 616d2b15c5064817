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


def test_a_name_with_a_blank_is_quoted():
    assert '"order no"=' in texts("ord")


@given(st.text(max_size=40), st.integers(0, 40))
def test_each_finished_term_can_be_read(text, caret):
    found = complete(text, min(caret, len(text)), KNOWN, ["customer"], values_of)
    finished = [option.text for option in found.options if option.text.endswith(" ")]
    assert [parse(term)[1] for term in finished] == [()] * len(finished)
