"""During a return to a save-point the run goes on outside its scope: nothing there is lost, and nothing is undone."""

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from sagaflow.core.definition.retry import RetryPolicy
from sagaflow.core.definition.saga import (
    OnExhausted,
    Recovery,
    Saga,
    Step,
    Style,
    WaitForEvent,
    choreographed,
    orchestrated,
)
from sagaflow.core.run import facts, reports
from sagaflow.core.run.attention import Attention
from sagaflow.core.run.commands import RecordRollback
from sagaflow.core.run.queries import attention, claimable
from sagaflow.core.run.state import RunStatus, StepStatus
from sagaflow.core.simulation.injected_faults import InjectedFault
from tests.core.strategies import restyle
from tests.core.test_laws import asked, open_verbs
from tests.core.thoroughness import examples
from tests.core.world import DO, UNDO, World

STYLES = pytest.mark.parametrize("style", list(Style))
ONCE = RetryPolicy(attempts=1)
REFUSED, BROKEN = InjectedFault.BUSINESS_ERROR, InjectedFault.TECHNICAL_ERROR
AGAIN = {"savepoint": True, "recovery": Recovery.FORWARD, "forward_attempts": 3}


def work(name: str, **more: object) -> Step:
    return Step(name, f"s.{name}", **({"undo": f"s.un{name}", "retry": ONCE, "undo_retry": ONCE} | more))


def beside(style: Style = Style.ORCHESTRATED, **options: object) -> Saga:
    """``pay`` and ``pack`` may return to their save-point, and ``print`` and ``post`` go on meanwhile."""
    main = orchestrated("main", work("pay"), work("pack"), **AGAIN)
    other = orchestrated("other", work("print", **options), work("post"), after=())
    return restyle(Saga("beside", (main, other)), style)


def returning(saga: Saga, **script: object) -> World:
    """A run that goes back to the save-point of ``main``; the undo of ``pay`` is due, and ``print`` is held."""
    world = World(saga, {("pack", DO): (REFUSED,)} | dict(script.get("script", {})))
    world.finish(world.claim("pay", DO))
    held = world.claim("print", DO)
    world.finish(world.claim("pack", DO))
    assert world.state.rollback.savepoint == "main"
    world.finish(held)
    return world


def of(world: World, kind: type) -> list:
    return [entry.fact for entry in world.entries if isinstance(entry.fact, kind)]


@STYLES
def test_a_segment_that_ends_during_the_return_says_so(style):
    first = restyle(
        Saga(
            "beside",
            (orchestrated("main", work("pay"), work("pack"), **AGAIN), orchestrated("other", work("print"), after=())),
        ),
        style,
    )
    world = returning(first)
    assert [fact.segment for fact in of(world, facts.SegmentCompleted)] == ["other"]
    world.settle()
    assert world.state.status is RunStatus.COMPLETED
    assert sorted(fact.segment for fact in of(world, facts.SegmentCompleted)) == ["main", "other"]


def test_an_event_reaches_the_step_that_the_return_only_holds_and_the_step_names_it():
    world = returning(beside(Style.CHOREOGRAPHED))
    assert [fact.event for fact in of(world, facts.EventDelivered) if fact.step == "post"] == ["PrintCompleted"]
    assert not of(world, facts.SignalIgnored)
    world.settle()
    assert [fact.event for fact in of(world, facts.StepScheduled) if fact.step == "post"] == ["PrintCompleted"]
    assert world.state.status is RunStatus.COMPLETED


@st.composite
def sagas_beside(draw):
    """A saga with a segment that returns to its save-point, and one that goes on meanwhile, in any styles."""
    counts = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    styles = draw(st.tuples(*[st.sampled_from((orchestrated, choreographed))] * 2))
    main = styles[0]("main", *(work(f"m{number}") for number in range(counts[0])), **AGAIN)
    pivot = draw(st.sampled_from((None, *range(counts[1]))))
    exhausted = draw(st.sampled_from(list(OnExhausted)))
    steps = [
        work(f"o{number}", pivot=number == pivot, on_exhausted=OnExhausted.PARK if number == pivot else exhausted)
        for number in range(counts[1])
    ]
    saga = Saga("beside", (main, styles[1]("other", *steps, after=())))
    doomed = {(f"m{counts[0] - 1}", DO): (REFUSED,) * draw(st.integers(1, 3))}
    if draw(st.booleans()):
        doomed[draw(st.sampled_from(steps)).name, DO] = (draw(st.sampled_from((REFUSED, BROKEN))),)
    return saga, doomed


@given(pair=sagas_beside(), seed=st.integers(0, 2**32))
@examples(200)
def test_what_goes_on_beside_a_return_keeps_the_laws(pair, seed):
    saga, script = pair
    note(f"seed {seed}, script {script}")
    world = World(saga, script, seed)
    world.shake(40)
    world.settle()


@pytest.mark.parametrize("parent", [False, True])
@STYLES
def test_a_return_that_is_widened_to_the_whole_run_leaves_its_record(style, parent):
    world = returning(beside(style))
    world.report(reports.RollbackRequested(by="ann", reason="enough", parent=parent))
    world.settle()
    records = [command.record for command in world.commands if isinstance(command, RecordRollback)]
    assert [(each["number"], each["outcome"], each.get("followed_by")) for each in records] == [
        (1, "widened", 2),
        (2, "rolled_back", None),
    ]
    assert (records[0]["failed_step"], records[0]["savepoint"]) == ("pack", "main")


@STYLES
def test_a_refusal_beside_the_return_widens_it_and_leaves_its_record(style):
    world = returning(beside(style), script={("print", DO): (REFUSED,)})
    world.settle()
    records = [command.record for command in world.commands if isinstance(command, RecordRollback)]
    assert [(each["outcome"], each["failed_step"]) for each in records] == [
        ("widened", "pack"),
        ("rolled_back", "print"),
    ]


@pytest.mark.parametrize("verb", ["retry", "skip"])
@STYLES
def test_a_step_parked_beside_the_return_is_parked_and_can_be_repaired(style, verb):
    world = returning(beside(style), script={("print", DO): (BROKEN,)})
    assert world.state.steps["print"].status is StepStatus.PARKED
    assert (world.state.status, attention(world.saga, world.state)) == (RunStatus.PARKED, Attention.PARKED)
    assert verb in open_verbs(world, "print")
    world.report(asked(verb, "print"))
    assert world.state.status is RunStatus.ROLLING_BACK
    assert {name for name, _ in claimable(world.saga, world.state, world.at)} == {"pay"}
    world.settle()
    assert world.state.status is RunStatus.COMPLETED


def test_a_compensation_that_is_stuck_is_worse_than_a_step_parked_beside_it():
    world = returning(beside(), script={("print", DO): (BROKEN,), ("pay", UNDO): (BROKEN,)})
    world.finish(world.claim("pay", UNDO))
    assert (world.state.status, attention(world.saga, world.state)) == (RunStatus.STUCK, Attention.STUCK)


def test_after_a_resume_the_segment_goes_forward_as_often_as_its_definition_says():
    saga = Saga("again", orchestrated("main", work("pay"), work("pack"), **AGAIN))
    world = World(saga, {("pack", DO): (REFUSED,) * 5})
    world.settle()
    assert (world.state.status, world.state.restored) == (RunStatus.ROLLED_BACK, {"main": 2})
    world.report(asked("resume", "pay"))
    assert world.state.restored == {}
    world.settle()
    assert (world.state.status, world.state.restored) == (RunStatus.COMPLETED, {"main": 2})


def test_a_step_beside_the_return_keeps_an_event_that_came_before_its_turn():
    wait = Step("hear", WaitForEvent("Paid"), retry=ONCE)
    main = orchestrated("main", wait, work("pack"), **AGAIN)
    other = orchestrated("other", work("print"), Step("note", WaitForEvent("Paid")), after=())
    world = World(Saga("beside", (main, other)), {("pack", DO): (REFUSED,)})
    world.report(reports.EventReceived(event="Paid", event_id="1"))
    held = world.claim("print", DO)
    world.finish(world.claim("pack", DO))
    assert world.state.restored == {"main": 1}
    assert world.state.steps["hear"].status is StepStatus.WAITING
    world.finish(held)
    assert world.state.steps["note"].status is StepStatus.DONE
    world.report(reports.EventReceived(event="Paid", event_id="2"))
    assert world.state.steps["hear"].status is StepStatus.DONE
