"""The attempts of a run, read from the journal and drawn."""

import xml.etree.ElementTree as ET

import pytest

from designer.live.attempts import attempts
from designer.live.timeline import Scale, timeline_svg
from sagaflow.core.definition.saga import Saga, Step, orchestrated
from sagaflow.core.run.facts import (
    CompensationSettled,
    StepCommanded,
    StepLeftInDoubt,
    StepParked,
    StepReset,
    StepRetried,
    StepSkipped,
)
from sagaflow.core.run.journal import Entry
from sagaflow.core.run.reports import StepAccepted, StepClaimed, StepFailed, StepSucceeded
from sagaflow.core.run.state import Direction, ErrorKind, StepError, StepStatus

SVG = "{http://www.w3.org/2000/svg}"
DEAD = StepError(ErrorKind.TECHNICAL, "no-line", "the line is <dead>")
SAGA = Saga("parcel", orchestrated("main", Step("pack", "shelf.pack", undo="shelf.unpack"), Step("ship", "van.ship")))
COMMANDED = StepCommanded(step="pack", attempt=1, due_at=10.0)


def claimed(number, direction=Direction.DO):
    return StepClaimed(step="pack", direction=direction, worker="w", lease=30.0, attempt=number)


def failed(number):
    return StepFailed(step="pack", attempt=number, token=1, error=DEAD)


def succeeded(number, direction=Direction.DO):
    return StepSucceeded(step="pack", direction=direction, attempt=number, token=1)


def read(*facts):
    return attempts(Entry(seq, 10.0 + seq, 0, fact) for seq, fact in enumerate(facts, 1))


@pytest.mark.parametrize(
    ("facts", "outcomes"),
    [
        ([COMMANDED], ["queued"]),
        ([COMMANDED, claimed(1)], ["running"]),
        ([COMMANDED, claimed(1), succeeded(1)], ["succeeded"]),
        ([COMMANDED, claimed(1), StepAccepted(step="pack", attempt=1, token=2)], ["waiting"]),
        ([COMMANDED, claimed(1), failed(1), StepRetried(step="pack", attempt=2, due_at=99.0)], ["failed", "queued"]),
        ([COMMANDED, claimed(1), failed(1), StepParked(step="pack", error=DEAD)], ["failed"]),
        ([COMMANDED, StepReset(step="pack")], []),
        ([COMMANDED, claimed(1), StepReset(step="pack")], ["withdrawn"]),
        (
            [COMMANDED, claimed(1), succeeded(1), claimed(1, Direction.UNDO), succeeded(1, Direction.UNDO)],
            ["succeeded", "succeeded"],
        ),
        (
            [claimed(1, Direction.UNDO), CompensationSettled(step="pack", status=StepStatus.UNDONE_BY_HAND, by="ann")],
            ["settled"],
        ),
    ],
)
def test_every_attempt_has_one_outcome(facts, outcomes):
    assert [one.outcome for one in read(*facts)] == outcomes


def test_an_attempt_knows_when_it_waited_ran_and_ended_and_why():
    [one, _] = read(COMMANDED, claimed(1), failed(1), StepRetried(step="pack", attempt=2, due_at=99.0))
    assert (one.queued_at, one.due_at, one.began_at, one.ended_at) == (11.0, 10.0, 12.0, 13.0)
    assert (one.worker, one.error, one.seq) == ("w", DEAD, 3)


PARKED = (COMMANDED, claimed(1), failed(1), StepParked(step="pack", error=DEAD))
RETRIED = StepRetried(step="pack", attempt=2, due_at=15.0, by="ann", reason="The line is back.")


@pytest.mark.parametrize(
    ("then", "released"),
    [
        ((), None),
        ((StepCommanded(step="ship", attempt=1, due_at=1.0),), None),
        ((RETRIED,), 15.0),
        ((StepSkipped(step="pack", by="ann"),), 15.0),
        ((StepReset(step="pack"),), 15.0),
        ((StepLeftInDoubt(step="pack", error=DEAD),), 15.0),
    ],
    ids=["nothing", "another step", "retried", "skipped", "withdrawn", "left in doubt"],
)
def test_the_last_attempt_of_a_parked_step_knows_how_long_the_step_waits_for_an_operator(then, released):
    first = read(*PARKED, *then)[0]
    assert (first.outcome, first.ended_at, first.parked_at, first.released_at) == ("failed", 13.0, 14.0, released)


@pytest.mark.parametrize(("then", "until"), [((), 100.0), ((RETRIED,), 15.0)], ids=["until now", "until the retry"])
def test_the_timeline_shows_the_wait_of_a_parked_step(then, until):
    svg = ET.fromstring(timeline_svg(SAGA, read(*PARKED, *then), began=10.0, until=100.0, even=False))
    [parked] = [group for group in svg.iter(f"{SVG}g") if group.get("class").startswith("parked ")]
    [line], [glyph] = list(parked.iter(f"{SVG}line")), list(parked.iter(f"{SVG}text"))
    place = Scale([10.0, 100.0], even=False)
    assert float(line.get("x1")) == pytest.approx(190 + place(14.0), abs=0.1)
    assert float(line.get("x2")) == pytest.approx(max(190 + place(until), 190 + place(14.0) + 5), abs=0.1)
    assert glyph.text == "‖"
    assert "pack, action: parked" in [title.text for title in svg.iter(f"{SVG}title")]


def test_a_wait_whose_attempts_are_not_among_the_entries_is_shown_alone():
    found = read(StepParked(step="pack", error=DEAD))
    titles = [
        title.text for title in ET.fromstring(timeline_svg(SAGA, found, began=1.0, until=20.0)).iter(f"{SVG}title")
    ]
    assert titles == ["Timeline: 0 attempts", "pack, action: parked"]


def test_the_timeline_has_a_row_for_every_step_and_a_sentence_for_every_attempt():
    found = read(COMMANDED, claimed(1), failed(1), StepRetried(step="pack", attempt=2, due_at=12.0), claimed(2))
    svg = ET.fromstring(timeline_svg(SAGA, found, began=10.0, until=20.0))
    texts = [text.text for text in svg.iter("{http://www.w3.org/2000/svg}text")]
    assert {"Pack", "Ship"} <= set(texts)
    titles = [title.text for title in svg.iter("{http://www.w3.org/2000/svg}title")]
    assert titles[1:] == [
        "pack, action, attempt 1: failed after 1.00 s: technical error no-line",
        "pack, action, attempt 2: running",
    ]
    assert "style" not in {name for element in svg.iter() for name in element.attrib}


def test_an_empty_timeline_is_drawn_too():
    svg = timeline_svg(SAGA, (), began=10.0, until=10.0)
    assert svg.startswith("<svg")


@pytest.mark.parametrize("even", [True, False])
def test_later_moments_are_never_left_of_earlier_ones(even):
    moments = [0.0, 0.001, 0.002, 5.0, 86_400.0]
    scale = Scale(moments, even=even)
    places = [scale(at) for at in (-1.0, *moments, 40_000.0, 1e9)]
    assert places[:6] == sorted(places[:6])
    assert places[5] == places[7] >= places[6]
    assert scale.ticks() == sorted(scale.ticks())


def test_a_wait_of_a_day_does_not_hide_the_steps_beside_it():
    scale = Scale([0.0, 0.01, 0.02, 0.03, 86_400.0])
    assert scale.even
    assert scale(0.01) > 10
