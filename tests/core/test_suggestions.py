"""The names that a misspelt name may stand for."""

import pytest

from sagaflow.core.definition.suggestions import did_you_mean

pytestmark = pytest.mark.quick


def test_a_similar_name_is_proposed():
    assert did_you_mean("Paked", ["Packed", "Sent"]) == "did you mean 'Packed'?"


def test_three_names_are_proposed_at_most():
    assert did_you_mean("pay", ["pay1", "pay2", "pay3", "pay4"]).count(" or ") == 2


def test_nothing_is_proposed_where_no_name_is_similar():
    assert did_you_mean("xyzzy", ["Packed", "Sent"]) == ""
