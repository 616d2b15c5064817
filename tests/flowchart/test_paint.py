import xml.etree.ElementTree as ET
from dataclasses import replace
from functools import partial

import pytest

from sagaflow import Saga, Step, orchestrated
from sagaflow.core.definition.diff import compare
from sagaflow.core.definition.merge import merged
from sagaflow.core.run.failure import WORST_FIRST
from sagaflow.core.run.reports import RollbackRequested
from sagaflow.core.run.state import Direction, ErrorKind, RunState, RunStatus, StepState, StepStatus
from sagaflow.flowchart.appearance import Status
from sagaflow.flowchart.compose import compose
from sagaflow.flowchart.diff_paint import compared
from sagaflow.flowchart.dot import ids
from sagaflow.flowchart.draw import draw_png, draw_svg
from sagaflow.flowchart.heat import Counts, heat
from sagaflow.flowchart.legend import as_text, marks
from sagaflow.flowchart.measure import width
from sagaflow.flowchart.mermaid import mermaid
from sagaflow.flowchart.outline import as_text as outline_text
from sagaflow.flowchart.outline import outline
from sagaflow.flowchart.paint import SEGMENT, STEP, paint, status_of, undo_status_of
from tests.flowchart.runs import NOON, Run
from tests.flowchart.sagas import everything, funds_and_item, order_fulfilment

SPACE = "{http://www.w3.org/2000/svg}"
UNDO = Direction.UNDO
FORWARD = ("place_order", "reserve_stock", "take_payment", "award_points", "notify_customer")


def look(run, element, **options):
    return paint(run.saga, run.state, run.at, **options)[ids(run.saga)[element]]


def shown(run):
    return {name: status_of(run.state, now, run.at).value for name, now in run.state.steps.items()}


def late_in_the_warehouse():
    run = Run(order_fulfilment())
    for step in FORWARD:
        run.succeed(step)
    run.fail("package_order", "not_on_shelf")
    return run


def test_a_run_that_goes_on_shows_done_running_ready_and_expected():
    run = Run(order_fulfilment())
    for step in FORWARD[:3]:
        run.succeed(step)
    run.claim("award_points")
    assert shown(run) == {
        "place_order": "done",
        "reserve_stock": "done",
        "take_payment": "done",
        "award_points": "running",
        "notify_customer": "ready",
        "package_order": "ready",
        "dispatch_order": "expected",
    }


def test_an_observer_whose_deliveries_fail_is_marked_in_every_form_and_changes_nothing_else():
    run = Run(order_fulfilment())
    run.succeed("place_order")
    failing = {"recommendation": Status.RETRYING}
    plain = look(run, "observer/recommendation")
    marked = look(run, "observer/recommendation", failing=failing)
    assert (plain.classes, plain.mark) == ("sf-idle", "")
    assert (marked.classes, marked.mark) == ("sf-is-retrying", Status.RETRYING.mark)
    assert marked.label == f"{plain.label}: {Status.RETRYING.words}"
    before, after = (paint(run.saga, run.state, run.at, failing=given) for given in ({}, failing))
    assert [key for key in after if after[key] != before[key]] == [ids(run.saga)["observer/recommendation"]]
    assert "sf-is-retrying" in draw_svg(run.saga, run.state, run.at, failing=failing)
    assert "retrying" in mermaid(run.saga, run.state, run.at, failing=failing)
    assert "(retrying)" in outline_text(outline(run.saga, run.state, run.at, failing=failing))
    assert "retrying" not in outline_text(outline(run.saga, run.state, run.at))


def test_a_rollback_shows_what_failed_what_is_being_undone_and_what_is_no_longer_expected():
    run = late_in_the_warehouse()
    run.succeed("notify_customer", UNDO)
    run.claim("award_points", UNDO)
    found = shown(run)
    assert found["package_order"] == "failed"
    assert found["notify_customer"] == "semantically-undone"
    assert found["award_points"] == "compensating"
    assert found["take_payment"] == "done"
    assert found["dispatch_order"] == "called-off"
    assert undo_status_of(run.saga, run.state, "award_points") is Status.RUNNING
    assert undo_status_of(run.saga, run.state, "take_payment") is Status.EXPECTED


def test_after_the_rollback_everything_that_ran_is_compensated():
    run = late_in_the_warehouse().finish()
    assert run.state.status is RunStatus.ROLLED_BACK
    assert {shown(run)[step] for step in FORWARD[:4]} == {"compensated"}
    assert look(run, "end").classes == "sf-is-compensated"
    assert look(run, "segment/order").classes == "sf-is-compensated"


def test_a_retry_tells_the_time_of_the_next_try():
    run = Run(funds_and_item(orchestrated))
    run.fail("create_order", "gateway", ErrorKind.TECHNICAL)
    due = run.state.steps["create_order"].due_at
    found = look(run, "step/create_order")
    assert found.classes == "sf-is-retrying"
    assert found.mark == "↻"
    assert found.note == f"try 2 at 12:00:{int(due - NOON):02d} UTC"
    assert found.note in found.label


def test_without_clocks_no_note_has_a_time_of_day():
    run = Run(funds_and_item(orchestrated))
    run.fail("create_order", "gateway", ErrorKind.TECHNICAL)
    found = look(run, "step/create_order", clocks=False)
    assert (found.note, found.label.endswith(": retrying, try 2")) == ("try 2", True)
    for waiting in (
        StepState(status=StepStatus.DUE, due_at=NOON + 60),
        StepState(status=StepStatus.WAITING, deadline=NOON + 60),
    ):
        state = replace(run.state, steps=run.state.steps | {"create_order": waiting})
        assert paint(run.saga, state, NOON, clocks=False)[ids(run.saga)["step/create_order"]].note == ""


STEPS = [
    (StepState(status=StepStatus.DUE, due_at=NOON + 60), "waiting"),
    (StepState(status=StepStatus.DUE, due_at=NOON - 60), "ready"),
    (StepState(status=StepStatus.DUE, due_at=NOON + 60, attempts=1), "retrying"),
    (StepState(status=StepStatus.DUE, due_at=NOON, attempts=1, forgiven=1), "ready"),
    (StepState(status=StepStatus.DUE, missed_at=NOON), "missing"),
    (StepState(status=StepStatus.WAITING, missed_at=NOON), "missing"),
    (StepState(status=StepStatus.RUNNING, missed_at=NOON), "late"),
    (StepState(status=StepStatus.RUNNING, deadline=NOON - 1), "late"),
    (StepState(status=StepStatus.WAITING, deadline=NOON + 1), "waiting"),
    (StepState(status=StepStatus.UNDO_DUE, undo_attempts=2), "undo-retrying"),
    (StepState(status=StepStatus.PARKED), "parked"),
    (StepState(status=StepStatus.PARKED, missed_at=NOON - 1), "missing-parked"),
    (StepState(status=StepStatus.STUCK), "stuck"),
    (StepState(status=StepStatus.IN_DOUBT), "in-doubt"),
    (StepState(status=StepStatus.IRREVERSIBLE), "irreversible"),
    (StepState(status=StepStatus.UNDONE_BY_HAND), "undone-by-hand"),
    (StepState(status=StepStatus.NOTHING_TO_UNDO), "nothing-to-undo"),
    (StepState(status=StepStatus.SKIPPED), "skipped"),
]


@pytest.mark.parametrize(("now", "status"), STEPS, ids=[status for _, status in STEPS])
def test_each_state_of_a_step_has_its_look(now, status):
    assert status_of(RunState(), now, NOON).value == status


@pytest.mark.parametrize("status", StepStatus)
def test_every_status_of_the_core_can_be_painted_forwards_and_backwards(status):
    saga = everything()
    state = RunState.of(saga)
    state = replace(state, steps={name: replace(step, status=status) for name, step in state.steps.items()})
    for one in (state, replace(state, status=RunStatus.STUCK)):
        assert all(painted.classes or painted.classes == "" for painted in paint(saga, one, NOON).values())
        draw_svg(saga, one, NOON, folded={"payout"})


def test_no_status_is_told_by_colour_alone():
    glyphs = {mark.glyph for mark in marks() if mark.status is not Status.EXPECTED}
    assert "" not in glyphs
    assert len({mark.words for mark in marks()}) == len(Status)
    assert all(mark.words in as_text() for mark in marks())


def test_edges_show_which_were_taken_and_which_event_is_missing():
    run = late_in_the_warehouse()
    assert look(run, "edge/event/step/take_payment>step/award_points").classes == "sf-taken"
    assert look(run, "edge/command/step/package_order>step/dispatch_order").classes == ""
    assert look(run, "edge/undo/step/place_order>undo/place_order").classes == ""
    run.finish()
    assert look(run, "edge/undo/step/place_order>undo/place_order").classes == "sf-taken"
    assert look(run, "edge/back/undo/take_payment>undo/reserve_stock").classes == "sf-taken"
    run.state = run.state.with_step("award_points", status=StepStatus.DUE, missed_at=NOON)
    assert look(run, "edge/event/step/take_payment>step/award_points").classes == "sf-missing"


def test_a_folded_segment_shows_the_worst_of_its_steps():
    run = late_in_the_warehouse()
    assert look(run, "segment/warehouse", folded={"warehouse"}).classes == "sf-is-failed"
    assert look(run, "segment/order", folded={"order"}).classes == "sf-is-done"


def test_paint_names_exactly_the_elements_of_the_drawing():
    run = late_in_the_warehouse()
    for folded in (frozenset(), frozenset({"order"})):
        root = ET.fromstring(draw_svg(run.saga, run.state, run.at, folded=folded))
        drawn = {element.get("id") for element in root.iter(f"{SPACE}g") if element.get("id")}
        assert drawn == set(paint(run.saga, run.state, run.at, folded=folded))


def test_a_painted_drawing_stands_alone_with_classes_marks_and_colours():
    run = late_in_the_warehouse()
    root = ET.fromstring(draw_svg(run.saga, run.state, run.at, interactive=True, prefix="p-"))
    group = next(one for one in root.iter(f"{SPACE}g") if one.get("data-element") == "step/package_order")
    assert "sf-is-failed" in group.get("class")
    assert group.find(f"{SPACE}title").text.endswith("failed, business error: not_on_shelf")
    texts = {text.get("class"): text.text for text in group.iter(f"{SPACE}text")}
    assert texts["sf-mark"] == "✕"
    assert texts["sf-sub"] == "business error: not_on_shelf"
    assert group.find(f"{SPACE}path").get("fill") == Status.FAILED.colours[0]
    assert draw_png(run.saga, run.state, run.at).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("code", "is_cut"),
    [("gateway_unavailable", False), ("the_gateway_of_the_bank_has_been_unavailable_since_noon", True)],
)
def test_a_note_that_is_wider_than_its_box_is_set_smaller_and_then_cut(code, is_cut):
    run = Run(order_fulfilment()).finish({"take_payment": code})
    root = ET.fromstring(draw_svg(run.saga, run.state, run.at, interactive=True, prefix="p-"))
    group = next(one for one in root.iter(f"{SPACE}g") if one.get("data-element") == "step/take_payment")
    note = next(one for one in group.iter(f"{SPACE}text") if one.get("class") == "sf-sub")
    outline = group.find(f"{SPACE}path").get("d").replace("M", "").replace("C", " ")
    across = [float(pair.split(",")[0]) for pair in outline.split()]
    assert 9.5 <= float(note.get("font-size")) < 11
    assert width(note.text, float(note.get("font-size"))) <= max(across) - min(across)
    assert note.text.endswith("…") is is_cut
    assert group.find(f"{SPACE}title").text.endswith(code), "the title says all of it"


def test_no_arrow_goes_back_from_what_never_ran():
    run = late_in_the_warehouse().finish()
    assert look(run, "edge/back/undo/award_points>undo/take_payment").classes == "sf-taken"
    early = Run(order_fulfilment())
    for step in ("place_order", "reserve_stock", "take_payment"):
        early.succeed(step)
    early.take(RollbackRequested(by="ann", reason="ordered twice"))
    early.finish()
    assert look(early, "edge/back/undo/take_payment>undo/reserve_stock").classes == "sf-taken"
    assert look(early, "edge/back/undo/award_points>undo/take_payment").classes == ""


def test_heat_tells_where_the_runs_are():
    saga = order_fulfilment()
    found = heat(saga, {"take_payment": Counts(running=50, failed=2), "place_order": Counts(waiting=3)})
    assert found[ids(saga)["step/take_payment"]].classes == "sf-heat-4 sf-has-failed"
    assert found[ids(saga)["step/place_order"]].classes == "sf-heat-1"
    assert found[ids(saga)["step/place_order"]].note == "3 waiting"
    assert found[ids(saga)["step/dispatch_order"]].classes == "sf-heat-0"


def test_a_segment_shows_the_trouble_that_lists_and_pages_show_first():
    troubles = [status for status in SEGMENT if status in {STEP[other] for other in WORST_FIRST}]
    assert troubles == [STEP[status] for status in WORST_FIRST]


def test_a_difference_paints_what_went_with_its_compensation_and_its_arrows():
    step = partial(Step, undo="shop.undo")
    old = Saga("s", orchestrated("all", step("a", "shop.a"), step("gone", "shop.gone"), step("b", "shop.b")))
    new = Saga("s", orchestrated("all", step("a", "shop.a"), step("b", "shop.b"), step("c", "shop.c")))
    both, differences = merged(old, new), compare(old, new)
    ids_of = {one: element for element, one in compose(both).ids.items()}
    painted = {ids_of[one]: paint.classes for one, paint in compared(both, differences).items()}
    nodes = {element: classes for element, classes in painted.items() if not element.startswith("edge/")}
    assert nodes == {
        "step/gone": "sf-diff-removed",
        "undo/gone": "sf-diff-removed",
        "step/c": "sf-diff-added",
        "undo/c": "sf-diff-added",
        "step/b": "sf-diff-moved",
    }
    arrows = {element for element in painted if element.startswith("edge/")}
    assert arrows == {element for element in ids_of.values() if element.startswith("edge/") and "/gone" in element}
    assert "edge/command/step/a>step/gone" in arrows
    svg = draw_svg(both, overlay=compared(both, differences))
    assert svg.count("sf-diff-removed") == 2 + len(arrows)
    assert compared(new, compare(new, new)) == {}
