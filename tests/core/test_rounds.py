"""Events from outside across rounds: what ended a wait once does not end the next one, and an early refusal counts."""

from sagaflow.core.definition.saga import Compensation, Recovery, Saga, Step, WaitForEvent, orchestrated
from sagaflow.core.run.reports import EventReceived
from sagaflow.core.run.state import RunStatus, StepStatus
from sagaflow.core.simulation.injected_faults import InjectedFault
from tests.core.test_laws import asked
from tests.core.world import DO, World

BANK = Step("pay", WaitForEvent("Paid"), fails_as={"no": "Denied"})


def test_an_undo_waits_for_an_event_of_its_own_round():
    take = Step("take", WaitForEvent("Took"), undo=Compensation(does=WaitForEvent("TakenBack")))
    again = {"savepoint": True, "recovery": Recovery.FORWARD, "forward_attempts": 2}
    saga = Saga("shop", orchestrated("main", take, Step("pack", "s.pack"), **again))
    world = World(saga, {("pack", DO): (InjectedFault.BUSINESS_ERROR,) * 2})
    world.report(EventReceived(event="Took"))
    world.finish(world.claim("pack", DO))
    world.report(EventReceived(event="TakenBack"))
    world.report(EventReceived(event="Took"))
    world.finish(world.claim("pack", DO))
    assert world.state.steps["take"].status is StepStatus.UNDO_WAITING
    world.report(EventReceived(event="TakenBack"))
    assert world.state.status is RunStatus.ROLLED_BACK


def test_a_refusal_that_comes_before_the_wait_ends_it():
    world = World(Saga("shop", orchestrated("main", Step("order", "s.order"), BANK)))
    world.report(EventReceived(event="Denied"))
    world.finish(world.claim("order", DO))
    assert world.state.steps["pay"].status is StepStatus.FAILED


def test_a_wait_that_was_refused_and_is_tried_again_can_be_refused_again():
    world = World(Saga("shop", orchestrated("main", Step("order", "s.order", pivot=True), BANK)))
    world.finish(world.claim("order", DO))
    for _ in range(2):
        world.report(EventReceived(event="Denied"))
        assert world.state.steps["pay"].status is StepStatus.PARKED
        world.report(asked("retry", "pay"))
        assert world.state.steps["pay"].status is StepStatus.WAITING
    world.report(EventReceived(event="Paid"))
    assert world.state.status is RunStatus.COMPLETED
