"""An event from outside that names no run finds it by the key in its payload, where the definition says it is."""

import pytest

from sagaflow.core.definition.parts import EVERY_EVENT
from sagaflow.core.definition.saga import Compensation, Saga, Step, WaitForEvent, choreographed, orchestrated
from sagaflow.core.errors import Refused
from sagaflow.core.run.correlation import correlates, hears, key_in

pytestmark = pytest.mark.quick


def shop(**options):
    """A saga that waits for Paid, undoes that with Refunded, and reacts to Weighed."""
    paid = Step("paid", WaitForEvent("Paid"), undo=Compensation(does=WaitForEvent("Refunded")))
    sent = choreographed("sending", Step("pack", "s.pack", emits="Packed"), Step("send", "s.send", on=("Weighed",)))
    return Saga("shop", (orchestrated("paying", paid), sent), **options)


@pytest.mark.parametrize(
    ("event", "heard"), [("Paid", True), ("Refunded", True), ("Weighed", True), ("Packed", False), ("Lost", False)]
)
def test_a_saga_hears_the_events_from_outside_of_its_steps_in_both_directions(event, heard):
    assert hears(shop(), event) is heard


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({}, set()),
        ({"correlate": {"Paid": "/order"}}, {"Paid"}),
        ({"correlate": {EVERY_EVENT: "/order"}}, {"Paid", "Refunded", "Weighed"}),
        ({"correlate": {EVERY_EVENT: "/order"}, "starts_on": "Ordered"}, {"Ordered", "Paid", "Refunded", "Weighed"}),
    ],
)
def test_events_find_runs_if_the_definition_names_them_or_means_all_that_it_hears_or_starts_on(options, found):
    saga = shop(**options)
    events = ("Paid", "Refunded", "Weighed", "Packed", "Ordered", "Lost")
    assert {event for event in events if correlates(saga, event)} == found


@pytest.mark.parametrize(("value", "key"), [("o-17", "o-17"), (17, "17"), (0, "0")])
def test_the_key_is_a_text_or_a_whole_number(value, key):
    saga = shop(correlate={EVERY_EVENT: "/order/number", "Paid": "/id"})
    assert key_in(saga, "Weighed", {"order": {"number": value}}) == key
    assert key_in(saga, "Paid", {"id": value}) == key


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        ({}, "and there is nothing"),
        ("text", "and there is nothing"),
        ({"id": None}, "neither a text nor a whole number"),
        ({"id": True}, "neither a text nor a whole number"),
        ({"id": 1.5}, "neither a text nor a whole number"),
        ({"id": ["o-17"]}, "neither a text nor a whole number"),
        ({"id": " secret"}, "not a valid key"),
        ({"id": ""}, "not a valid key"),
    ],
)
def test_a_payload_without_a_key_is_refused_and_its_value_is_not_quoted(payload, why):
    with pytest.raises(Refused, match=f"'shop' looks for the key of the run at '/id' in the payload of 'Paid'.*{why}"):
        key_in(shop(correlate={"Paid": "/id"}), "Paid", payload)
    with pytest.raises(Refused) as refused:
        key_in(shop(correlate={"Paid": "/id"}), "Paid", payload)
    assert refused.value.code == "no-key"
    assert "secret" not in str(refused.value)


def test_an_event_for_which_the_definition_has_no_place_has_no_key():
    with pytest.raises(Refused, match="and there is nothing") as refused:
        key_in(shop(correlate={"Paid": "/id"}), "Weighed", {"id": "o-17"})
    assert refused.value.code == "no-key"
