"""Masking finds names at any depth, changes payloads only, and changes copies only."""

import pytest

from sagaflow.core.errors import InvalidPayload
from sagaflow.core.mask import MASK, masked, masked_search, masked_within, unmasked


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"pin": 1}, {"pin": MASK}),
        ({"PIN": {"a": 1}}, {"PIN": MASK}),
        ({"pins": 1}, {"pins": 1}),
        ({"a": [{"b": {"pin": None}}]}, {"a": [{"b": {"pin": MASK}}]}),
        ([], []),
        ("pin", "pin"),
        (None, None),
    ],
)
def test_a_field_is_masked_at_any_depth_whatever_it_holds(value, shown):
    assert masked(value, ["Pin"]) == shown


def test_nothing_is_copied_where_nothing_is_sensitive():
    value = {"a": 1}
    assert masked(value, ()) is value
    assert masked_within(value, ()) is value


def test_the_original_keeps_its_values():
    value = {"a": {"pin": 1}}
    masked(value, ["pin"])
    assert value == {"a": {"pin": 1}}


def test_the_frameworks_own_fields_are_never_masked():
    record = {
        "code": "x",
        "steps": [{"step": "pay", "input": {"code": 1}, "output": {"step": 2}, "error": {"code": "y"}}],
    }
    shown = masked_within(record, ["code", "step"])
    assert shown["code"] == "x"
    assert shown["steps"] == [
        {"step": "pay", "input": {"code": MASK}, "output": {"step": MASK}, "error": {"code": "y"}}
    ]


@pytest.mark.parametrize("pointer", ["/card", "/payment/card", "/card/number", "/a~1b"])
def test_a_search_attribute_that_leads_to_a_sensitive_field_is_masked(pointer):
    assert masked_search({"found": "4111"}, {"found": pointer}, ["card", "a/b"]) == {"found": MASK}


def test_other_search_attributes_are_shown():
    assert masked_search({"order": "A", "card": 1}, {"order": "/order"}, ["card"]) == {"order": "A", "card": MASK}


def test_search_attributes_have_the_order_of_the_definition_whatever_that_of_the_database():
    pointers = {"order": "/order", "card": "/card"}
    assert [*masked_search({"card": 1, "other": 2, "order": "A"}, pointers, ())] == ["order", "card", "other"]


@pytest.mark.parametrize(
    ("edited", "old", "kept"),
    [
        ({"pin": MASK, "a": 2}, {"pin": 1, "a": 1}, {"pin": 1, "a": 2}),
        ({"pin": 5}, {"pin": 1}, {"pin": 5}),
        ({"a": MASK}, {"a": 1}, {"a": MASK}),
        ({"PIN": MASK}, {"PIN": None}, {"PIN": None}),
        ({"a": {"b": {"pin": MASK}}}, {"a": {"b": {"pin": 1}}}, {"a": {"b": {"pin": 1}}}),
        ([{"pin": MASK}, {"pin": MASK}], [{"pin": 1}, {"pin": 2}], [{"pin": 1}, {"pin": 2}]),
        ([{"pin": MASK}, {"a": 1}, 3], [{"pin": 1}], [{"pin": 1}, {"a": 1}, 3]),
        ([{"pin": MASK}], [{"pin": 1}, {"pin": 2}], [{"pin": 1}]),
        ([1, 2], "text", [1, 2]),
        ({"a": 1}, "text", {"a": 1}),
        ("text", {"pin": 1}, "text"),
    ],
)
def test_a_field_that_is_still_masked_after_an_edit_keeps_its_value(edited, old, kept):
    assert unmasked(edited, old, ["pin"]) == kept


@pytest.mark.parametrize(
    ("edited", "old", "path"),
    [
        ({"pin": MASK}, {}, "/pin"),
        ({"a": {"pin": MASK}}, {"a": 1}, "/a/pin"),
        ([{"pin": 1}, {"pin": MASK}], [{"pin": 1}], "/1/pin"),
        ([{"pin": MASK}], {"pin": 1}, "/0/pin"),
    ],
)
def test_a_mask_without_an_earlier_value_is_refused_with_its_path(edited, old, path):
    with pytest.raises(InvalidPayload, match=f"'{path}' holds the mask"):
        unmasked(edited, old, ["pin"])


def test_a_pair_within_a_record_is_masked_like_a_list():
    assert masked_within({"rows": ({"input": ({"pin": 1},)},)}, ["pin"]) == {"rows": [{"input": [{"pin": MASK}]}]}
