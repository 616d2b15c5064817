"""The names that a misspelt name may stand for."""

import pytest

from sagaflow.core import suggestions
from sagaflow.core.suggestions import did_you_mean

pytestmark = pytest.mark.quick


def test_a_similar_name_is_proposed():
    assert did_you_mean("Paked", ["Packed", "Sent"]) == "did you mean 'Packed'?"


def test_three_names_are_proposed_at_most():
    assert did_you_mean("pay", ["pay1", "pay2", "pay3", "pay4"]).count(" or ") == 2


def test_nothing_is_proposed_where_no_name_is_similar():
    assert did_you_mean("xyzzy", ["Packed", "Sent"]) == ""


def test_a_name_is_compared_again_only_with_other_names(monkeypatch):
    compared = []
    close = suggestions.get_close_matches
    monkeypatch.setattr(
        suggestions, "get_close_matches", lambda *args, **how: compared.append(args) or close(*args, **how)
    )
    for known in (["Posted", "Sent"], ["Sent", "Posted"], ["Sent", "Pasted"]):
        assert did_you_mean("Postd", known) == f"did you mean '{max(known, key=len)}'?"
    assert compared == [("Postd", ["Posted", "Sent"]), ("Postd", ["Pasted", "Sent"])]
