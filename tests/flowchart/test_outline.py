import pytest

from sagaflow import Saga, Step, orchestrated
from sagaflow.flowchart.mermaid import mermaid, quoted
from sagaflow.flowchart.outline import as_text, outline
from tests.flowchart.nasty import NASTY
from tests.flowchart.runs import Run
from tests.flowchart.sagas import everything, order_fulfilment


def test_the_outline_says_what_the_drawing_shows():
    text = as_text(outline(everything()))
    for words in (
        "Segment Payout: choreographed, team finance, save-point, after intake",
        "  Decide on the claim (approval by underwriters)",
        "    reacts to CoolOffCompleted and RateFixed; publishes PayCompleted",
        "    only if input.total > 100 and check.free ≠ true",
        "    cannot be undone: a letter cannot be unsent",
        "    past the point of no return: never undone",
        "    nothing to undo: a pure check",
        "Observer News of SagaCompleted: news.tell",
    ):
        assert f"{words}\n" in text


def test_the_outline_of_a_run_says_where_each_step_stands():
    run = Run(order_fulfilment()).finish({"package_order": "not_on_shelf"})
    text = as_text(outline(run.saga, run.state, run.at))
    assert "Notify customer (notifications.notify_customer) [semantically undone]" in text
    assert "Dispatch order (warehouse.dispatch_order) [not started]" in text


def test_mermaid_has_segments_shapes_and_both_kinds_of_edges():
    text = mermaid(order_fulfilment())
    assert text.startswith("flowchart TB\n")
    assert 'subgraph g3["Warehouse: orchestrated · team logistics"]' in text
    assert 'n4 -.->|"StockReserved"| n6' in text
    assert "n12 --> n13" in text


def test_mermaid_of_a_run_has_marks_and_classes():
    run = Run(order_fulfilment()).finish()
    text = mermaid(run.saga, run.state, run.at, folded={"customer"})
    assert 'g2[["✓ Customer' in text
    assert "classDef done fill:" in text


@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
def test_mermaid_reads_no_markup_in_nasty_text(text):
    inside = quoted(text)[1:-1]
    assert not set(inside) & set("<>\"'`|{}[]\\\n\x00")
    value = text.encode(errors="ignore").decode()
    written = mermaid(Saga("s", orchestrated("m", Step("a", "x.a", title=value), title=value, team=value), title=value))
    assert len(written.splitlines()) == 8
