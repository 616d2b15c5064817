"""A new saga begins as a copy of a template, which is valid and, where it comes from an example, equal to it."""

import pytest

from designer.drafts import samples
from sagaflow import registry
from sagaflow.core.definition import document
from sagaflow.core.simulation.simulate import simulate
from sagaflow.registry import Action


@pytest.mark.parametrize("sample", samples.SAMPLES)
def test_a_template_becomes_a_draft_without_faults(vera, begun, sample):
    answer = vera.post("/design/new/", {"name": "fresh", "template": sample, "steps": "ignored"})
    at = vera.get(answer["Location"] + "state/").json()
    assert at["document"]["name"] == "fresh"
    assert [each for each in at["problems"] if each["severity"] == "fault"] == []
    assert at["drawing"]


@pytest.mark.parametrize("sample", [name for name in samples.SAMPLES if name != "travel"])
def test_a_template_is_the_example_of_its_name(sample):
    from examples.musiccorp.sagas import create_customer
    from examples.orders.sagas import place_order
    from examples.streamtech.sagas import order_fulfilment
    from sagaflow import Style

    made = {
        "create-customer": create_customer("create-customer", Style.ORCHESTRATED),
        "order-fulfilment": order_fulfilment(),
        "place-order-choreographed": place_order("place-order-choreographed", Style.CHOREOGRAPHED),
    }[sample]
    assert document.load(samples.document_of(sample, sample)).digest == made.digest


def test_the_trip_is_undone_in_reverse_when_the_card_is_refused():
    trip = document.load(samples.document_of("travel", "travel"))
    ends = [end for end in simulate(trip) if (end.step, end.case) == ("charge_card", "business error")]
    assert [end.compensated for end in ends] == [("rent_car", "book_hotel", "book_flight")]


def test_an_unknown_template_begins_empty_and_the_list_says_what_to_do(vera):
    assert "No drafts yet" in vera.get("/design/").content.decode()
    answer = vera.post("/design/new/", {"name": "fresh", "template": "../../etc/passwd", "steps": ""})
    assert vera.get(answer["Location"] + "state/").json()["document"]["segments"][0]["steps"] == []


@pytest.mark.parametrize(
    ("typed", "name", "title"),
    [
        ("travel-booking", "travel-booking", None),
        ("Travel booking", "travel-booking", "Travel booking"),
        ("2. Überseereise, für zwei", "uberseereise-fur-zwei", "2. Überseereise, für zwei"),
    ],
)
@pytest.mark.parametrize("sample", ["empty", "create-customer"])
def test_a_title_makes_the_name_and_a_saga_has_no_title_of_its_template(vera, sample, typed, name, title):
    answer = vera.post("/design/new/", {"name": typed, "template": sample})
    document = vera.get(answer["Location"] + "state/").json()["document"]
    assert (document["name"], document.get("title")) == (name, title)


@pytest.mark.parametrize("typed", ["", "---", "東京", "1" * 64])
def test_a_title_that_makes_no_name_is_refused_with_the_rule_and_kept_in_its_field(vera, typed):
    answer = vera.post("/design/new/", {"name": typed, "template": "empty"})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "is not a valid name; write a letter, then letters, digits, _ or -." in page
    assert f'name="name" value="{typed}"' in page


def test_a_template_says_whether_code_performs_its_actions(vera):
    def plans():
        return vera.get("/design/").content.decode().count("A plan: no code here performs its actions yet.")

    assert plans() == len(samples.SAMPLES)
    for step in document.load(samples.document_of("travel", "travel")).steps.values():
        registry.add(Action(name=step.does.calls, does=lambda context: {}))
    assert plans() == len(samples.SAMPLES) - 1
