"""A decision or the end of a sub-saga is taken only for a step that can wait for it."""

import pytest

from sagaflow.core.definition.saga import Approval, Saga, Step, WaitForEvent, orchestrated
from sagaflow.core.errors import Refused
from sagaflow.core.run import reports
from sagaflow.core.run.decide import decide
from sagaflow.core.run.state import RunState, StepStatus
from tests.core.world import DO, World

pytestmark = pytest.mark.quick


def shop() -> World:
    steps = (Step("check", Approval("team"), after=()), Step("pay", "s.pay", after=()), Step("again", Approval("team")))
    return World(Saga("shop", orchestrated("main", *steps)))


@pytest.mark.parametrize(
    ("step", "why"),
    [
        ("nowhere", "'nowhere' is not an approval step of saga 'shop'"),
        ("pay", "'pay' is not an approval step of saga 'shop'"),
        ("again", "Step 'again' is pending and does not wait for a decision"),
    ],
)
@pytest.mark.parametrize("approved", [True, False])
def test_a_decision_about_a_step_that_does_not_wait_for_one_is_refused(step, why, approved):
    with pytest.raises(Refused, match=why):
        shop().report(reports.ApprovalDecided(step=step, approved=approved, by="ann"))


@pytest.mark.parametrize("step", ["nowhere", "pay", "check"])
@pytest.mark.parametrize("status", ["completed", "rolled_back"])
def test_the_end_of_a_child_that_no_step_started_is_ignored(step, status):
    world = shop()
    before = world.state.steps
    world.report(reports.ChildEnded(step=step, child="7", status=status))
    assert world.state.steps == before
    assert world.entries[-1].fact.why == "stale"
    assert world.state.steps["check"].status is StepStatus.WAITING


def asking(*names: str, by: str = "ann") -> World:
    """A run that waits for a decision, which was handed to these people in their order."""
    world = World(Saga("shop", orchestrated("main", Step("check", Approval("team", not_by=("starter",))))))
    for name in names:
        world.report(reports.ApprovalDelegated(step="check", to=name, by=by, reason="away"))
    return world


@pytest.mark.parametrize("to", ["ann", "cyd", "eve", ""])
def test_a_decision_can_be_handed_on_to_anyone_else_or_back_to_the_group(to):
    world = asking("bob", to, by="dan")
    delegation = world.state.steps["check"].delegation
    assert (delegation and delegation.to) == (to or None)


@pytest.mark.parametrize(
    ("held", "to", "why"),
    [
        (("bob",), "bob", "Step 'check' already waits for 'bob'; choose another person"),
        ((), "", "Step 'check' already waits for the group 'team' alone; choose another person"),
        (("bob",), "dan", "'dan' can decide step 'check'; choose another person"),
    ],
)
def test_a_decision_cannot_be_handed_to_where_it_is_or_to_oneself(held, to, why):
    world = asking(*held, by="dan")
    before = world.state
    with pytest.raises(Refused, match=why) as refused:
        world.report(reports.ApprovalDelegated(step="check", to=to, by="dan", reason="away"))
    assert (refused.value.code, world.state) == ("delegated", before)


@pytest.mark.parametrize(("by", "to"), [("eve", "bob"), ("bob", "eve")])
def test_nobody_whom_the_rule_keeps_away_hands_a_decision_on_or_gets_it(by, to):
    saga = Saga("shop", orchestrated("main", Step("check", Approval("team", not_by=("starter",)))))
    state = decide(saga, RunState.of(saga), reports.RunRequested(input=None, by="eve"), 1.0).state
    with pytest.raises(Refused, match="'eve'"):
        decide(saga, state, reports.ApprovalDelegated(step="check", to=to, by=by, reason="away"), 2.0)


def test_an_event_that_comes_after_the_refusal_of_its_wait_does_not_end_the_wait():
    wait = Step("paid", WaitForEvent("Paid"), fails_as={"broke": "Refused"})
    world = World(Saga("shop", orchestrated("main", Step("ship", "s.ship", pivot=True), wait)))
    world.finish(world.claim("ship", DO))
    world.report(reports.EventReceived(event="Refused"))
    refused = world.state.steps["paid"]
    assert (refused.status, refused.error.code) == (StepStatus.PARKED, "broke")
    world.report(reports.EventReceived(event="Paid"))
    assert world.state.steps["paid"] == refused
