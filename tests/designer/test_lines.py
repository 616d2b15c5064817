"""A list of steps becomes the document of a new saga, with the undo of each step and what is registered."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from designer.drafts.lines import BadLine, from_lines
from sagaflow.core.definition import document

KNOWN = {
    "book flight": {"name": "book_flight", "action": "flights.book_flight", "undo": "flights.cancel_flight"},
    "cancel hotel": {"name": "cancel_hotel", "action": "hotels.cancel_hotel"},
}


def steps(text, known=KNOWN):
    return [(step["action"], step.get("undo")) for step in from_lines("trip", text, known)["segments"][0]["steps"]]


def test_an_undo_stands_behind_its_sign_on_the_line_of_the_step_or_on_the_next_one():
    expected = [("trip.rent_car", "cars.give_back")]
    same = ["Rent car < cars.give_back", "Rent car\n< cars.give_back", "Rent car\n  undo: cars.give_back\n"]
    assert [steps(text) for text in [*same, "- Rent car UNDO: cars.give_back", "1. Rent car\n\n<cars.give_back"]] == [
        expected
    ] * 5


def test_what_is_registered_is_taken_with_its_undo_unless_the_line_has_another():
    assert steps("Book flight\nbook flight < Cancel hotel\nFeed cat < Wash cat") == [
        ("flights.book_flight", "flights.cancel_flight"),
        ("flights.book_flight", "hotels.cancel_hotel"),
        ("trip.feed_cat", "trip.wash_cat"),
    ]


def test_an_undo_is_of_the_service_of_its_step_where_two_services_have_one_of_its_title():
    known = {
        "cancel order": {"name": "cancel_order", "action": "billing.cancel_order"},
        "shop.cancel_order": {"name": "cancel_order", "action": "Shop.cancel_order"},
        "billing.cancel_order": {"name": "cancel_order", "action": "billing.cancel_order"},
    }
    text = "Shop.place_order < Cancel order\nbilling.charge < cancel order\nmail.send < Cancel order"
    assert [undo for _, undo in steps(text, known)] == [
        "Shop.cancel_order",
        "billing.cancel_order",
        "billing.cancel_order",
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("< Cancel\nBook", "Line 1, 'Cancel', is an undo, but no step is above it. Write the step first."),
        ("Book < One\nundo: Two", "Line 2, 'Two', is a second undo of 'Book'. A step has one undo."),
    ],
)
def test_an_undo_without_a_step_and_a_second_undo_are_refused_with_their_line(text, says):
    with pytest.raises(BadLine) as refused:
        steps(text)
    assert str(refused.value) == says


@given(st.text(max_size=200))
@example("\x00")
@example("Book\x00 \ud800flight")
def test_every_list_is_a_document_without_faults_or_is_refused(text):
    try:
        made = from_lines("shop", text, KNOWN)
    except BadLine:
        return
    faults = [str(fault) for fault in document.problems(made)]
    assert faults == [] or made["segments"][0]["steps"] == []


def test_the_page_shows_a_bad_line_with_the_list_and_the_other_templates(vera):
    answer = vera.post("/design/new/", {"name": "fresh", "template": "", "steps": "undo: Cancel"})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "is an undo, but no step is above it" in page
    assert "undo: Cancel</textarea>" in page
    assert page.count("sf-flowchart") >= 4


def test_a_saga_can_begin_empty_although_steps_are_written(vera):
    answer = vera.post("/design/new/", {"name": "fresh", "template": "empty", "steps": "First"})
    assert vera.get(answer["Location"] + "state/").json()["document"]["segments"][0]["steps"] == []
