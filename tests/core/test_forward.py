"""The way forward: the facts of a settled step, the end of a segment, and the moment when the pivot is passed."""

from dataclasses import replace

import pytest

from sagaflow.core.definition.condition import where
from sagaflow.core.definition.retry import RetryPolicy
from sagaflow.core.definition.saga import Recovery, Saga, Step, WaitForEvent, choreographed, orchestrated
from sagaflow.core.run import facts, reports
from sagaflow.core.run.commands import PublishEvent
from sagaflow.core.run.queries import allowed
from sagaflow.core.run.state import RunStatus, StepStatus
from sagaflow.core.simulation.injected_faults import InjectedFault
from tests.core.world import DO, UNDO, World

ONCE = RetryPolicy(attempts=1)
WHO = {"by": "ada", "reason": "the customer called"}


def step(name, **more):
    return Step(name, f"shop.{name}", undo=f"shop.un{name}", retry=ONCE, undo_retry=ONCE, **more)


def shop(*steps):
    return Saga("shop", orchestrated("main", *steps))


def found(world, kind):
    return [entry.fact for entry in world.entries if isinstance(entry.fact, kind)]


@pytest.mark.parametrize(("wanted", "events"), [(True, ["Paid"]), (False, [])])
def test_a_step_tells_that_it_is_done_unless_it_was_skipped(wanted, events):
    pay = step("pay", emits="Paid", condition=where("/input/pay", "eq", True))
    world = World(shop(pay, step("ship")), input={"pay": wanted})
    world.settle()
    left = [command.event for command in world.commands if isinstance(command, PublishEvent)]
    assert left == ["MainStarted", *events, "SagaCompleted"]


def test_the_news_of_the_end_is_caused_by_the_end():
    world = World(shop(step("pay")))
    world.settle()
    [end] = [entry for entry in world.entries if isinstance(entry.fact, facts.RunCompleted)]
    news = world.entries[-1]
    assert news.fact.event == "SagaCompleted"
    assert news.cause == end.seq


def test_what_starts_after_a_skipped_step_is_caused_by_the_skip():
    world = World(shop(step("pay", condition=where("/input/pay", "eq", True)), step("ship")), input={"pay": False})
    [skip] = [entry for entry in world.entries if isinstance(entry.fact, facts.StepSkipped)]
    [ship] = [entry for entry in world.entries if getattr(entry.fact, "step", "") == "ship"]
    assert ship.cause == skip.seq


def test_a_segment_is_completed_once_its_last_step_is_settled():
    world = World(shop(step("pay"), step("ship")))
    world.finish(world.claim("pay", DO))
    assert found(world, facts.SegmentCompleted) == []
    world.settle()
    assert found(world, facts.SegmentCompleted) == [facts.SegmentCompleted(segment="main")]


def test_a_segment_is_not_completed_while_the_run_goes_back():
    world = World(shop(step("pay")))
    late = world.claim("pay", DO)
    world.report(reports.RollbackRequested(**WHO))
    world.finish(late)
    assert found(world, facts.SegmentCompleted) == []


def test_a_segment_starts_in_round_0_and_after_each_return_to_its_savepoint_in_the_next():
    again = orchestrated("again", step("pay"), savepoint=True, recovery=Recovery.FORWARD, forward_attempts=2)
    world = World(
        Saga("shop", (orchestrated("first", step("reserve")), again)), {("pay", DO): (InjectedFault.BUSINESS_ERROR,)}
    )
    world.settle()
    assert world.state.status is RunStatus.COMPLETED
    rounds = [(fact.segment, fact.round) for fact in found(world, facts.SegmentStarted)]
    assert rounds == [("first", 0), ("again", 0), ("again", 1)]


def parked_pivot():
    """The pivot took effect, but its worker got an error; every compensation of `reserve` fails."""
    steps = (step("reserve"), step("pay", pivot=True), step("ship"))
    script = {("pay", DO): (InjectedFault.FAILED_LATE,) * 9, ("reserve", UNDO): (InjectedFault.TECHNICAL_ERROR,) * 9}
    world = World(shop(*steps), script)
    world.settle()
    assert world.state.status is RunStatus.PARKED
    return world


def test_a_pivot_that_an_operator_skipped_after_an_attempt_counts_as_passed():
    world = parked_pivot()
    world.report(reports.SkipRequested(step="pay", **WHO))
    assert "the pivot 'pay' took effect" in allowed(world.saga, world.state, world.at)["roll_back"]


def test_a_pivot_whose_condition_does_not_hold_is_not_passed():
    pay = replace(step("pay", pivot=True), condition=where("/input/pay", "eq", True))
    world = World(shop(pay, step("ship")), input={"pay": False})
    assert world.state.steps["pay"].status is StepStatus.SKIPPED
    assert allowed(world.saga, world.state, world.at)["roll_back"] is None


def test_a_pivot_that_was_undone_is_not_passed():
    world = parked_pivot()
    world.report(reports.RollbackRequested(**WHO))
    world.settle()
    assert world.state.steps["pay"].status is StepStatus.COMPENSATED
    assert world.state.status is RunStatus.STUCK
    assert allowed(world.saga, world.state, world.at)["roll_back"] == "it is rolling back already."


@pytest.mark.parametrize("style", [orchestrated, choreographed])
def test_a_reaction_goes_on_without_the_event_when_an_operator_skips_the_wait_for_it(style) -> None:
    wait = Step("stock", WaitForEvent("StockReserved"))
    saga = Saga("shop", (style("main", wait, Step("pay", "s.pay", on="StockReserved")),))
    world = World(saga)
    assert world.state.steps["stock"].status is StepStatus.WAITING
    assert world.state.steps["pay"].status is StepStatus.PENDING
    world.report(reports.SkipRequested(step="stock", by="ann", reason="counted by hand"))
    assert world.state.steps["pay"].status is StepStatus.DUE


def test_a_reaction_still_needs_the_event_when_the_wait_for_it_was_left_out_by_its_condition() -> None:
    wait = Step("stock", WaitForEvent("StockReserved"), condition=where("/input/stock", "eq", True))
    saga = Saga("shop", orchestrated("main", wait, Step("pay", "s.pay", on="StockReserved")))
    world = World(saga, input={"stock": False})
    assert world.state.steps["stock"].status is StepStatus.SKIPPED
    assert world.state.steps["pay"].status is StepStatus.PENDING
    world.report(facts.EventReceived(event="StockReserved"))
    assert world.state.steps["pay"].status is StepStatus.DUE


@pytest.mark.parametrize("other", ["Audited", "Weighed"])
def test_a_reaction_still_needs_its_event_when_the_wait_for_another_one_was_skipped(other) -> None:
    pay = Step("pay", "s.pay", on="StockReserved", after=("wait",))
    world = World(Saga("shop", orchestrated("main", Step("wait", WaitForEvent(other)), pay)))
    world.report(reports.SkipRequested(step="wait", **WHO))
    assert world.state.steps["pay"].status is StepStatus.PENDING


@pytest.mark.parametrize("style", [orchestrated, choreographed])
def test_a_run_that_is_resumed_behind_a_wait_goes_on_without_the_event_of_the_wait(style) -> None:
    wait, pay = Step("stock", WaitForEvent("StockReserved")), step("pay", on="StockReserved")
    world = World(Saga("shop", style("main", wait, pay)), {("pay", DO): (InjectedFault.TECHNICAL_ERROR,)})
    world.report(facts.EventReceived(event="StockReserved"))
    world.settle()
    assert world.state.steps["pay"].status is StepStatus.PARKED
    world.report(reports.ResumeRequested(step="pay", **WHO))
    world.settle()
    assert world.state.status is RunStatus.COMPLETED
