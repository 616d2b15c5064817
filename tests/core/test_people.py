"""The names of people: which may be one person, and who gave what another one asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagaflow.core.run.people import claims, deciders, may_be_same, said

pytestmark = pytest.mark.quick

NAMES = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), min_size=1, max_size=20)
ID = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.mark.parametrize("other", ["max", "MAX", " Max ", "\uff4dax", "ma\u2179"])
def test_a_name_that_is_typed_in_another_way_may_be_the_same_person(other):
    assert may_be_same("max", other)
    assert may_be_same(other, "max")


@pytest.mark.parametrize("other", ["maxi", "ma x", "", "m\u00e1x"])
def test_another_name_is_another_person(other):
    assert not may_be_same("max", other)


@given(NAMES, NAMES)
def test_upper_and_lower_case_and_the_order_make_no_difference(one, other):
    assert may_be_same(one, other) == may_be_same(other, one)
    assert may_be_same(one, one.lower())


@given(NAMES.filter(lambda name: "(second person: " not in name), st.text(max_size=30))
def test_the_person_who_gave_an_action_is_read_from_its_reason(name, reason):
    if not claims(reason):
        assert deciders("ann", f"{reason} {said(ID, name)}") == ("ann", name)


@pytest.mark.parametrize("reason", [said(ID, "bob"), f"as agreed {said(ID, 'a b')}.", said(ID, "two\nlines")])
def test_a_reason_in_the_words_of_the_engine_claims_that_a_second_person_gave_the_action(reason):
    assert claims(reason)


@pytest.mark.parametrize("reason", ["", "in a hurry", "(second person: bob)", ", request 0f8fad5b)"])
def test_a_reason_in_other_words_claims_nothing(reason):
    assert not claims(reason)


@pytest.mark.parametrize(
    "reason", ["", "in a hurry", "(second person: bob", ", request 0f8fad5b)", said(ID, "bob") + "."]
)
def test_without_a_second_person_one_has_decided(reason):
    assert deciders("ann", reason) == ("ann",)


def test_nobody_has_decided_what_a_condition_left_out():
    assert deciders("", "its condition does not hold") == ()
