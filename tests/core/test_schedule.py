"""Work without a worker begins to wait when it is due, and no earlier."""

import pytest

from sagaflow.core.definition.retry import RetryPolicy
from sagaflow.core.definition.saga import (
    Approval,
    Call,
    Compensation,
    RollBackChild,
    Saga,
    Step,
    SubSaga,
    Timer,
    WaitForEvent,
    orchestrated,
)
from sagaflow.core.run import facts, reports
from sagaflow.core.run.decide import decide
from sagaflow.core.run.queries import attention, claimable
from sagaflow.core.run.reports import RunRequested, TimePassed
from sagaflow.core.run.state import Direction, RunState, RunStatus, StepStatus
from tests.core.world import World

pytestmark = pytest.mark.quick


@pytest.mark.parametrize("does", [Timer(5.0), Approval("team"), WaitForEvent("Paid")])
def test_a_run_that_starts_later_begins_its_first_wait_then(does):
    saga = Saga("shop", orchestrated("main", Step("wait", does)))
    state = decide(saga, RunState.of(saga), RunRequested(input=None, not_before=110.0), 100.0).state
    assert (state.steps["wait"].status, state.steps["wait"].due_at) == (StepStatus.DUE, 110.0)
    assert decide(saga, state, TimePassed(), 109.9).state.steps["wait"].status is StepStatus.DUE
    decision = decide(saga, state, TimePassed(), 110.0)
    assert decision.entries[0].fact.token == 0, "no worker claimed it"
    waiting = decision.state.steps["wait"]
    assert waiting.status is StepStatus.WAITING
    assert waiting.deadline == (115.0 if isinstance(does, Timer) else None)


FREED = facts.EventReceived(event="Freed")
GONE_BACK = reports.ChildEnded(step="x", child="c", status="rolled_back")


def going_back(undo, *, deadline: float | None = 60.0, **options) -> World:
    """A run in which the undo of the first step waits. The rollback began 50 seconds after the start."""
    does = SubSaga("kid") if undo == RollBackChild() else Call("s.x")
    step = Step("x", does, undo=Compensation(does=undo), undo_retry=RetryPolicy(attempts=1), **options)
    world = World(Saga("waits", orchestrated("m", step, Step("y", Approval("team"))), deadline=deadline))
    world.finish(world.claim("x", Direction.DO))
    if step.does.runs:
        world.report(reports.ChildEnded(step="x", child="c", status="completed"))
    world.pass_time(50.0)
    world.report(reports.RollbackRequested(by="ann", reason="wrong"))
    world.slow = frozenset({"x"})
    for claim in claimable(world.saga, world.state, world.at):
        world.finish(world.claim(*claim))
    assert world.state.steps["x"].status is StepStatus.UNDO_WAITING
    return world


EACH_UNDO = pytest.mark.parametrize(
    "undo", [WaitForEvent("Freed"), RollBackChild(), Call("s.unx")], ids=["event", "sub-saga", "answer"]
)


@EACH_UNDO
def test_an_undo_that_waits_as_long_as_the_deadline_asks_for_an_operator(undo):
    """No deadline ends a rollback: without a limit of its own, the undo would never end."""
    world = going_back(undo)
    world.pass_time(59.9)
    assert world.state.status is RunStatus.ROLLING_BACK
    assert attention(world.saga, world.state) == "late"
    world.pass_time(0.2)
    assert (world.state.status, attention(world.saga, world.state)) == (RunStatus.STUCK, "stuck")
    assert world.state.steps["x"].error.code == "timed-out"


@pytest.mark.parametrize(("undo", "answer"), [(WaitForEvent("Freed"), FREED), (RollBackChild(), GONE_BACK)])
def test_an_answer_after_that_still_settles_the_undo(undo, answer):
    world = going_back(undo)
    world.pass_time(61.0)
    world.report(answer)
    assert world.state.status is RunStatus.ROLLED_BACK


@EACH_UNDO
def test_the_time_limit_of_the_step_comes_before_the_deadline(undo):
    world = going_back(undo, timeout=5.0)
    world.pass_time(5.1)
    assert world.state.status is RunStatus.STUCK
    assert world.state.late_at is None


@EACH_UNDO
def test_without_a_deadline_and_a_limit_an_undo_waits_for_its_answer(undo):
    world = going_back(undo, deadline=None)
    world.pass_time(10.0**7)
    assert world.state.steps["x"].status is StepStatus.UNDO_WAITING


def test_a_step_that_waits_is_ended_by_the_deadline_of_the_run_and_has_no_limit_of_its_own():
    world = World(Saga("waits", orchestrated("m", Step("x", WaitForEvent("Came"))), deadline=60.0))
    assert world.state.steps["x"].deadline is None
