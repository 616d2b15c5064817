import re

import pytest

from sagaflow import Saga, Step, choreographed, orchestrated
from sagaflow.flowchart.dot import dot, escaped, ids, picture_of
from sagaflow.flowchart.heat import Counts
from sagaflow.flowchart.legend import EDGE_WORDS, NODE_WORDS
from sagaflow.flowchart.shapes import EDGES, NODES
from tests.flowchart.nasty import ANYTHING
from tests.flowchart.sagas import everything, funds_and_item, long, order_fulfilment


def edges(picture, kind):
    titles = {node.id: node.element for node in picture.nodes}
    return {(titles[edge.source], titles[edge.target], edge.label) for edge in picture.edges if edge.kind == kind}


def test_commands_lead_into_orchestrated_steps_and_events_into_choreographed_ones():
    picture = picture_of(order_fulfilment())
    assert edges(picture, "command") == {
        ("step/take_payment", "step/package_order", ""),
        ("step/package_order", "step/dispatch_order", ""),
    }
    assert edges(picture, "event") == {
        ("start", "step/place_order", "OrderStarted"),
        ("step/place_order", "step/reserve_stock", "OrderPlaced"),
        ("step/reserve_stock", "step/take_payment", "StockReserved"),
        ("step/take_payment", "step/award_points", "PaymentTaken"),
        ("step/take_payment", "step/notify_customer", "PaymentTaken"),
    }


def test_one_changed_mark_turns_every_solid_edge_into_a_dashed_one():
    solid, dashed = (picture_of(funds_and_item(mark)) for mark in (orchestrated, choreographed))
    pairs = [
        {(source, target) for source, target, _ in edges(picture, kind)}
        for picture, kind in ((solid, "command"), (dashed, "event"))
    ]
    assert pairs[0] == pairs[1]
    assert not edges(solid, "event")
    assert not edges(dashed, "command")


def test_compensations_are_chained_against_the_steps_and_numbered():
    picture = picture_of(order_fulfilment())
    assert edges(picture, "back") == {
        ("undo/award_points", "undo/take_payment", ""),
        ("undo/notify_customer", "undo/take_payment", ""),
        ("undo/take_payment", "undo/reserve_stock", ""),
        ("undo/reserve_stock", "undo/place_order", ""),
    }
    subs = {node.element: node.sub for node in picture.nodes if node.element.startswith("undo/")}
    assert subs["undo/award_points"] == "↶ 1 · loyalty"
    assert subs["undo/notify_customer"] == "≈ 1 · notifications"
    assert subs["undo/place_order"] == "↶ 4 · order"


def test_nothing_past_the_pivot_has_a_compensation_and_irreversible_steps_have_a_stop_sign():
    elements = ids(everything())
    assert "undo/file" not in elements
    assert "undo/check" not in elements
    assert {"undo/seal", "stop/tell", "savepoint/payout", "event/RateFixed", "observer/audit"} <= set(elements)


def test_every_kind_of_node_and_edge_has_a_shape_a_colour_and_a_line_in_the_legend():
    picture = picture_of(everything())
    folded = picture_of(everything(), folded={"intake"})
    semantic = picture_of(order_fulfilment())
    kinds = {node.kind for one in (picture, folded, semantic) for node in one.nodes}
    assert kinds == set(NODES) == set(NODE_WORDS)
    assert {edge.kind for edge in picture.edges} == set(EDGES) == set(EDGE_WORDS)


def test_ids_depend_on_the_definition_alone():
    saga = everything()
    known = ids(saga)
    for options in ({"compensations": False}, {"folded": {"payout"}}, {"counts": {"pay": Counts(running=3)}}):
        shown = picture_of(saga, **options).ids
        assert {element: known[element] for element in shown} == shown
    assert len(set(known.values())) == len(known)


def test_folding_leaves_one_node_and_no_edge_into_the_inside():
    picture = picture_of(everything(), folded={"payout", "no such segment"})
    inside = {f"step/{name}" for name in ("await_papers", "cool_off", "pay", "tell")}
    assert not inside & set(picture.ids)
    assert ("step/screen", "segment/payout", "ScreenCompleted") in edges(picture, "event")
    assert ("segment/payout", "step/seal", "") in edges(picture, "command")
    assert ("segment/payout", "observer/audit", "PayCompleted, PayCompensated") in edges(picture, "observer")
    assert all(edge.source != edge.target for edge in picture.edges)


def test_hidden_compensations_leave_no_trace():
    picture = picture_of(everything(), compensations=False)
    assert not {node.kind for node in picture.nodes} & {"undo", "semantic", "stop"}
    assert not {edge.kind for edge in picture.edges} & {"undo", "back"}


def test_counts_become_a_line_of_their_step():
    counts = {"take_payment": Counts(running=2, failed=1, p95=1.25), "place_order": Counts()}
    notes = {node.step: node.notes for node in picture_of(order_fulfilment(), counts=counts).nodes if node.notes}
    assert notes["take_payment"] == ("2 running · 1 failed · p95 1.25 s",)
    assert "place_order" not in notes


def test_a_command_that_another_one_implies_is_not_drawn():
    saga = Saga("s", orchestrated("m", Step("a", "x.a"), Step("b", "x.b"), Step("c", "x.c", after=("a", "b"))))
    assert ("step/a", "step/c", "") not in edges(picture_of(saga), "command")


CONSTANT = {
    "arrowhead", "arrowsize", "bgcolor", "class", "color", "dir", "fillcolor", "fixedsize", "fontcolor", "fontname",
    "fontsize", "height", "id", "label", "labeljust", "margin", "nodesep", "nslimit", "outputorder", "pad", "penwidth",
    "peripheries",     "rank", "rankdir", "ranksep", "shape", "style", "weight", "width",
}  # fmt: skip


@pytest.mark.parametrize("saga", [order_fulfilment(), everything(), long(30)], ids=lambda saga: saga.name)
def test_only_known_attributes_are_written_and_none_that_opens_files_or_links(saga):
    text = re.sub(r"label=<.*?>(?= class| color| fixed| labeljust| weight| penwidth| style|\])", "", dot(saga))
    assert set(re.findall(r"[\[ ]([a-zA-Z]+)=", text)) <= CONSTANT


@pytest.mark.parametrize("text", ANYTHING)
def test_escaped_text_holds_no_markup_no_quote_and_no_single_backslash(text):
    inside = escaped(text)
    assert not set(inside) & set("<>\"'\x00\n")
    assert "\\" not in inside.replace("\\\\", "")
    assert inside


def test_dot_is_the_same_every_time():
    assert dot(everything()) == dot(everything())
