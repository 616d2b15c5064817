import time

from sagaflow.flowchart.draw import draw_svg
from sagaflow.flowchart.folding import folded_at_first
from sagaflow.flowchart.paint import paint
from tests.flowchart.runs import Run
from tests.flowchart.sagas import long, order_fulfilment


def names(saga):
    return {segment.name for segment in saga.segments}


def test_a_small_drawing_starts_unfolded():
    run = Run(order_fulfilment()).finish()
    assert folded_at_first(run.saga, run.state, run.at) == frozenset()


def test_a_large_drawing_starts_with_its_finished_segments_folded():
    run = Run(long(60))
    assert folded_at_first(run.saga, run.state, run.at) == frozenset()
    run = Run(long(60)).finish({"step35": "sold_out"})
    folded = folded_at_first(run.saga, run.state, run.at)
    assert "segment3" not in folded
    assert {"segment0", "segment1", "segment2"} <= folded


def test_a_very_large_one_starts_folded_where_nothing_happens():
    saga = long(500)
    assert folded_at_first(saga) == names(saga)
    run = Run(saga)
    assert names(saga) - folded_at_first(saga, run.state, run.at) == {"segment0"}


def test_a_fold_says_how_many_of_its_steps_are_where():
    run = Run(long(60)).finish({"step35": "sold_out"})
    painted = paint(run.saga, run.state, run.at, folded={"segment3"})
    fold = next(look for look in painted.values() if "folded: 10 steps" in look.label)
    assert fold.classes == "sf-is-failed"
    assert "1 failed" in fold.note


def test_five_hundred_steps_are_drawn_as_their_segments_within_a_second_of_work():
    saga = long(500)
    draw_svg(long(3))
    began = time.process_time()
    drawing = draw_svg(saga, folded=folded_at_first(saga))
    assert time.process_time() - began < 1
    assert drawing.count("<title>") <= len(saga.segments) + 3, "Graphviz lays out what stands there, and no more"
