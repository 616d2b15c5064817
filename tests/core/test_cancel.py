"""Cancelling stops the run and ends it, whenever it is accepted. Only a pivot that takes effect prevents it."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from sagaflow.core.definition.retry import RetryPolicy
from sagaflow.core.definition.saga import (
    AfterRollback,
    Approval,
    Recovery,
    Saga,
    Step,
    Style,
    SubSaga,
    WaitForEvent,
    orchestrated,
)
from sagaflow.core.errors import Refused
from sagaflow.core.run import facts, reports
from sagaflow.core.run.attention import Attention
from sagaflow.core.run.commands import RecordRollback, StartAgain
from sagaflow.core.run.interventions import pivot_decides
from sagaflow.core.run.queries import allowed, attention
from sagaflow.core.run.state import Direction, RunStatus, StepStatus
from sagaflow.core.simulation.injected_faults import InjectedFault
from tests.core.strategies import restyle, saga_and_script
from tests.core.thoroughness import examples
from tests.core.world import World

DO, UNDO = Direction.DO, Direction.UNDO
STYLES = pytest.mark.parametrize("style", list(Style))
ANN = {"by": "ann", "reason": "the customer gave up"}
AGAIN = AfterRollback(3, 10.0)
STEPS = (
    Step("one", "s.one", undo="s.unone", undo_retry=RetryPolicy(attempts=1)),
    Step("two", "s.two"),
)


def going_back(style: Style = Style.ORCHESTRATED, undo: InjectedFault = InjectedFault.NONE, **options: object) -> World:
    """A run whose second step was refused; the compensation of the first is due."""
    saga = restyle(Saga("again", orchestrated("m", *STEPS, **options), after_rollback=AGAIN), style)
    world = World(saga, {("two", DO): (InjectedFault.BUSINESS_ERROR,), ("one", UNDO): (undo,)})
    world.finish(world.claim("one", DO))
    world.finish(world.claim("two", DO))
    assert world.state.status is RunStatus.ROLLING_BACK
    return world


@STYLES
def test_a_run_that_is_going_back_can_be_cancelled_and_is_not_tried_again(style) -> None:
    world = going_back(style)
    world.report(facts.CancelRequested(**ANN))
    world.settle()
    assert world.state.status is RunStatus.CANCELLED
    assert not any(isinstance(command, StartAgain) for command in world.commands)
    [record] = [command.record for command in world.commands if isinstance(command, RecordRollback)]
    assert (record["outcome"], record["cancelled_by"]) == ("cancelled", "ann")
    assert (record["code"], record["failed_step"]) == ("business-error", "two"), "the cause stays"


@STYLES
def test_a_run_that_is_stuck_can_be_cancelled_and_still_needs_a_person(style) -> None:
    world = going_back(style, undo=InjectedFault.BUSINESS_ERROR)
    world.settle()
    assert world.state.status is RunStatus.STUCK
    world.report(facts.CancelRequested(**ANN))
    assert world.state.status is RunStatus.STUCK
    world.report(reports.CompensationMarkedDone(step="one", **ANN))
    assert world.state.status is RunStatus.CANCELLED
    assert not any(isinstance(command, StartAgain) for command in world.commands)


@STYLES
def test_a_run_on_its_way_to_a_save_point_goes_all_the_way_back_when_it_is_cancelled(style) -> None:
    world = going_back(style, savepoint=True, recovery=Recovery.FORWARD)
    assert world.state.rollback.savepoint == "m"
    world.report(facts.CancelRequested(**ANN))
    world.settle()
    assert world.state.status is RunStatus.CANCELLED


def test_a_run_is_cancelled_once() -> None:
    world = going_back()
    world.report(facts.CancelRequested(**ANN))
    with pytest.raises(Refused, match="Cannot cancel a run of 'again': it is being cancelled already"):
        world.report(facts.CancelRequested(**ANN))
    world.settle()
    with pytest.raises(Refused, match="Cannot cancel a run of 'again': it is cancelled"):
        world.report(facts.CancelRequested(**ANN))


@pytest.mark.parametrize("first", [facts.CancelRequested, reports.RollbackRequested])
def test_whether_a_cancellation_stands_is_up_to_a_pivot_under_way(first) -> None:
    pivot = Step("left", "a.left", undo="a.unleft", after=(), pivot=True)
    other = Step("right", "b.right", undo="b.unright", after=())
    world = World(Saga("two", orchestrated("main", pivot, other), after_rollback=AGAIN))
    flight = world.claim("left", DO)
    world.report(first(**ANN))
    if first is reports.RollbackRequested:
        world.report(facts.CancelRequested(**ANN))
    assert "'left' is under way and decides" in pivot_decides(world.saga, world.state)
    world.finish(flight)
    world.settle()
    assert world.state.status is RunStatus.COMPLETED


def test_a_person_who_gives_the_pivot_up_does_not_take_a_cancellation_back() -> None:
    pivot = Step("left", "a.left", undo="a.unleft", after=(), pivot=True)
    other = Step("right", "b.right", undo="b.unright", after=())
    world = World(Saga("two", orchestrated("main", pivot, other), after_rollback=AGAIN), slow=frozenset({"left"}))
    world.finish(world.claim("left", DO))
    world.report(facts.CancelRequested(**ANN))
    world.report(reports.RollbackRequested(by="bob", reason="it will not answer"))
    world.settle()
    assert world.state.status is RunStatus.CANCELLED
    assert not any(isinstance(command, StartAgain) for command in world.commands)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (facts.CancelRequested(**ANN), "Cannot cancel a run of 'again'"),
        (reports.RollbackRequested(**ANN), "Cannot roll back a run of 'again'"),
        (reports.RetryRequested(step="two", **ANN), "Cannot retry step 'two'"),
        (reports.RetryRequested(step="two", verb="redeliver", **ANN), "Cannot redeliver the event to step 'two'"),
        (reports.RetryRequested(step="two", verb="retry_with_input", **ANN), "Cannot edit the input of step 'two'"),
        (reports.SkipRequested(step="two", **ANN), "Cannot skip step 'two'"),
        (reports.CompensationMarkedDone(step="two", **ANN), "Cannot mark the compensation of 'two' done"),
        (facts.ResumeRequested(step="two", **ANN), "Cannot resume from step 'two'"),
    ],
)
def test_every_verb_says_no_in_words_about_itself(asked, words) -> None:
    world = going_back()
    world.settle()
    if isinstance(asked, facts.ResumeRequested):
        world = going_back()
    with pytest.raises(Refused, match=words):
        world.report(asked)


@pytest.mark.parametrize("does", ["a.pay", WaitForEvent("Paid"), SubSaga("pay")])
@STYLES
def test_a_rollback_that_a_waiting_pivot_holds_up_needs_attention_until_the_pivot_has_decided(style, does) -> None:
    steps = (Step("pay", does, undo="a.unpay", after=(), pivot=True), Step("other", "b.other", after=()))
    world = World(
        restyle(Saga("two", orchestrated("main", *steps)), style),
        {("other", DO): (InjectedFault.BUSINESS_ERROR,)},
        slow=frozenset({"pay"}),
    )
    if world.saga.steps["pay"].does.by_worker:
        world.finish(world.claim("pay", DO))
    assert attention(world.saga, world.state) is None
    world.finish(world.claim("other", DO))
    assert (world.state.status, attention(world.saga, world.state)) == (RunStatus.ROLLING_BACK, Attention.UNDECIDED)
    world.report(reports.RollbackRequested(**ANN))
    assert attention(world.saga, world.state) is None
    world.settle()
    assert world.state.status is RunStatus.ROLLED_BACK


def test_a_rollback_that_a_waiting_pivot_does_not_hold_up_needs_no_attention() -> None:
    steps = (
        Step("agree", Approval("desk"), after=(), pivot=True),
        Step("other", "b.other", undo="b.unother", after=()),
    )
    world = World(Saga("two", orchestrated("main", *steps)))
    flight = world.claim("other", DO)
    world.report(reports.RollbackRequested(**ANN))
    assert attention(world.saga, world.state) is None
    world.finish(flight)
    assert attention(world.saga, world.state) is None


@given(saga_and_script(kinds=("call", "event", "timer", "approval"), with_timeouts=True), st.integers(0, 2**32))
@examples(150)
def test_whenever_a_cancellation_is_accepted_the_run_ends_cancelled_or_past_its_pivot(pair, seed):
    saga, script = pair
    note(f"seed {seed}, script {script}")
    world, choice = World(replace(saga, after_rollback=AGAIN), script, seed), random.Random(seed)
    world.shake(choice.randrange(40))
    world.settle() if choice.random() < 0.3 else None
    if allowed(world.saga, world.state, world.at)["cancel"] is not None:
        with pytest.raises(Refused, match="Cannot cancel"):
            world.report(facts.CancelRequested(**ANN))
        return
    since = len(world.commands)
    world.report(facts.CancelRequested(**ANN))
    for _ in range(3 * len(saga.steps)):
        world.settle()
        stuck = [name for name, now in world.state.steps.items() if now.status is StepStatus.STUCK]
        if not stuck:
            break
        world.report(reports.CompensationMarkedDone(step=choice.choice(stuck), **ANN))
    assert not any(isinstance(command, StartAgain) for command in world.commands[since:])
    pivot = saga.graph.pivot
    decided = pivot and world.state.steps[pivot].status in (StepStatus.DONE, StepStatus.PARKED, StepStatus.WAITING)
    assert world.state.status is RunStatus.CANCELLED or decided, world.state.status
