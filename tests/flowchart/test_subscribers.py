"""A subscriber of another app is drawn next to the saga, with its team. The saga's own drawing does not change."""

import xml.etree.ElementTree as ET

import pytest

from sagaflow import Saga, Step, choreographed, orchestrated
from sagaflow.core.definition.subscriber import Subscriber
from sagaflow.core.run.reports import TimePassed
from sagaflow.flowchart import dot
from sagaflow.flowchart.compose import compose
from sagaflow.flowchart.draw import draw_png, draw_svg, drawn
from sagaflow.flowchart.mermaid import mermaid
from sagaflow.flowchart.outline import as_text, outline
from sagaflow.flowchart.paint import paint
from sagaflow.flowchart.sequence import Kind, Message, messages
from tests.flowchart.nasty import NASTY
from tests.flowchart.runs import Run
from tests.flowchart.sagas import everything, funds_and_item, order_fulfilment

LETTERS = Subscriber(
    name="letters.write_letter",
    sagas=("order-fulfilment",),
    on=("StockReserved", "SagaRolledBack", "NoSuchEvent"),
    team="marketing",
)
DEAF = Subscriber(name="letters.ignore", sagas=("order-fulfilment",), on=("NoSuchEvent",))
OTHERS = Subscriber(name="letters.other", sagas=("another",), on=("StockReserved",))


def test_a_subscriber_is_drawn_with_its_team_and_the_events_that_this_version_has():
    picture = compose(order_fulfilment(), [LETTERS, DEAF, OTHERS])
    (node,) = [node for node in picture.nodes if node.element.startswith("observer/letters")]
    assert (node.title, node.sub) == ("Write letter", "team marketing · letters.write_letter")
    assert node.label == (
        "Subscriber Write letter of StockReserved, SagaRolledBack, team marketing; its outcome never affects the run"
    )
    ends = {id_: element for element, id_ in picture.ids.items()}
    arrows = {(ends[edge.source], edge.label) for edge in picture.edges if edge.target == node.id}
    assert arrows == {("step/reserve_stock", "StockReserved"), ("end", "SagaRolledBack")}


@pytest.mark.parametrize(
    "saga", [order_fulfilment(), everything(), *map(funds_and_item, (orchestrated, choreographed))]
)
def test_no_element_of_the_saga_has_another_id_because_of_it(saga):
    listener = Subscriber(name="letters.write", sagas=(saga.name,), on=("SagaCompleted", "SagaRolledBack"))
    alone, heard = compose(saga).ids, compose(saga, [listener]).ids
    assert heard.items() >= alone.items()
    assert {element.partition("/")[0] for element in heard.keys() - alone.keys()} == {"observer", "edge"}


def test_the_digest_stays_and_the_drawing_of_before_is_not_kept_for_it():
    saga = order_fulfilment()
    digest = saga.digest
    assert "Write letter" in drawn(saga, subscribers=[LETTERS])
    assert "Write letter" not in drawn(saga)
    assert saga.digest == digest


def test_it_stands_in_every_form():
    saga = order_fulfilment()
    line = "Subscriber Write letter of StockReserved, SagaRolledBack, team marketing: letters.write_letter\n"
    assert line in as_text(outline(saga, subscribers=[LETTERS, DEAF]))
    assert "ignore" not in as_text(outline(saga, subscribers=[LETTERS, DEAF]))
    assert '["Write letter · team marketing · letters.write_letter"]' in mermaid(saga, subscribers=[LETTERS])
    assert "Write letter" in dot.dot(saga, subscribers=[LETTERS])
    assert draw_png(saga, subscribers=[LETTERS]) != draw_png(saga)


def test_an_event_that_has_left_is_painted_on_its_way_to_it():
    saga = order_fulfilment()
    run = Run(saga)
    (edge,) = [edge for edge in compose(saga, [LETTERS]).edges if edge.element.endswith("letter/StockReserved")]
    assert paint(saga, run.state, run.at, subscribers=[LETTERS])[edge.id].classes == ""
    for step in ("place_order", "reserve_stock"):
        run.succeed(step)
    assert paint(saga, run.state, run.at, subscribers=[LETTERS])[edge.id].classes == "sf-taken"
    folded = paint(saga, run.state, run.at, folded={"order"}, subscribers=[LETTERS])
    assert "sf-taken" in {look.classes for look in folded.values()}


@pytest.mark.parametrize("text", NASTY)
def test_a_nasty_team_stays_text(text):
    listener = Subscriber(name="letters.write", sagas=("order-fulfilment",), on=("SagaCompleted",), team=text)
    svg = ET.fromstring(draw_svg(order_fulfilment(), subscribers=[listener]))
    assert not {node.tag.rpartition("}")[2] for node in svg.iter()} & {"script", "a", "image", "foreignObject"}


def test_the_sequence_has_what_reached_it_where_it_was_published():
    saga = order_fulfilment()
    run = Run(saga).finish()
    plain = messages(saga, run.entries)
    events = {entry.fact.event: entry.seq for entry in run.entries if entry.kind == "EventPublished"}
    heard = {
        events["StockReserved"]: ["letters.write_letter", "letters.again"],
        events["SagaCompleted"]: ["letters.end"],
    }
    heard[events["OrderPlaced"]] = ["recommendation"]  # an observer that the definition names
    found = messages(saga, run.entries, heard=heard)
    more = [message for message in found if message not in plain]
    assert [(each.source, each.target, each.label) for each in more] == [
        ("order", "recommendation", "OrderPlaced"),
        ("warehouse", "letters", "StockReserved"),
        ("Orchestrator", "letters", "SagaCompleted"),
    ]
    assert [message for message in found if message in plain] == list(plain)
    assert all(isinstance(each, Message) and each.kind is Kind.EVENT for each in more)


def test_the_monitor_says_that_a_reaction_is_missing_and_not_the_service_that_was_silent():
    saga = Saga("watch", choreographed("main", Step("mail", "email.send", timeout=20.0)))
    run = Run(saga)
    run.at += 60.0
    run.take(TimePassed())
    (missing,) = (entry.seq for entry in run.entries if getattr(entry.fact, "event", "") == "SagaMissing")
    found = messages(saga, run.entries, heard={missing: ["letters.write_letter"]})
    assert ("Monitor", "letters", "SagaMissing") in [(each.source, each.target, each.label) for each in found]
