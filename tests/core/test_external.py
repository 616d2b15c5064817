"""A decision or the end of a sub-saga is taken only for a step that can wait for it."""

import pytest

from sagaflow.core.definition.saga import Approval, Saga, Step, orchestrated
from sagaflow.core.errors import Refused
from sagaflow.core.run import reports
from sagaflow.core.run.state import StepStatus
from tests.core.world import World

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
