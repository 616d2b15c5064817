"""An attempt with an unknown outcome may have taken effect: no verb of an operator makes the run forget it."""

import pytest

from sagaflow import (
    Approval,
    Call,
    Compensation,
    Recovery,
    RollBackChild,
    Saga,
    Step,
    SubSaga,
    Timer,
    WaitForEvent,
    irreversible,
    orchestrated,
    retry_whole_run,
)
from sagaflow.core.definition.input_mapping import InputMapping, pick
from sagaflow.core.definition.retry import RetryPolicy
from sagaflow.core.errors import Refused
from sagaflow.core.run import facts, reports
from sagaflow.core.run.commands import RecordRollback, StartAgain
from sagaflow.core.run.preview import plan
from sagaflow.core.run.queries import allowed, input_now
from sagaflow.core.run.state import ErrorKind, RunStatus, StepError, StepStatus
from sagaflow.core.simulation.injected_faults import InjectedFault
from tests.core.test_laws import asked
from tests.core.world import DO, UNDO, World

ONCE = RetryPolicy(attempts=1, delay=0.0, jitter=0.0)


def parked_in_doubt(**options) -> World:
    """A payment that was taken, and whose worker died before it could report it."""
    pay = Step("pay", "payment.take", undo="payment.refund", retry=ONCE, **options)
    world = World(Saga("shop", orchestrated("main", pay)), {("pay", DO): (InjectedFault.CRASH_AFTER,)})
    world.finish(world.claim("pay", DO))
    world.pass_time(31)
    assert world.state.steps["pay"].status is StepStatus.PARKED
    assert world.done == {"pay#0"}
    return world


def test_a_step_resumed_in_doubt_keeps_its_key_so_that_it_takes_effect_once():
    world = parked_in_doubt()
    world.report(asked("resume", "pay"))
    world.settle()
    assert world.state.status is RunStatus.COMPLETED
    assert world.done == {"pay#0"}, "the second attempt carried the key of the first"


@pytest.mark.parametrize("verb", ["retry", "resume"])
@pytest.mark.parametrize("end", ["roll_back", "cancel"])
def test_a_rollback_between_a_manual_retry_and_its_claim_undoes_what_may_have_happened(verb, end):
    world = parked_in_doubt()
    world.report(asked(verb, "pay"))
    world.report(asked(end, None))
    world.settle()
    assert not world.done
    assert world.state.steps["pay"].status is StepStatus.COMPENSATED


def test_a_pivot_tried_again_by_hand_during_a_rollback_stays_open_until_it_is_known():
    world = parked_in_doubt(pivot=True)
    world.report(asked("retry", "pay"))
    world.finish(world.claim("pay", DO))
    assert world.state.status is RunStatus.COMPLETED
    world = parked_in_doubt(pivot=True)
    world.report(asked("retry", "pay"))
    world.report(asked("roll_back", None))
    assert world.state.status is RunStatus.ROLLING_BACK, "whether the payment was taken decides"
    world.settle()
    assert world.state.status is RunStatus.COMPLETED


def test_a_step_that_was_undone_starts_a_new_round_when_it_is_resumed():
    world = parked_in_doubt()
    world.report(asked("roll_back", None))
    world.settle()
    world.report(asked("resume", "pay"))
    world.settle()
    assert world.done == {"pay#1"}, "the key of the first round is barred"


def test_a_sub_saga_in_doubt_is_not_started_a_second_time():
    saga = Saga(
        "shop", orchestrated("main", Step("child", SubSaga("other"), undo="other.undo", timeout=5.0, retry=ONCE))
    )
    world = World(saga, {}, withhold=frozenset({"child"}))
    world.finish(world.claim("child", DO))
    world.pass_time(6)
    world.report(asked("resume", "child"))
    assert world.state.steps["child"].round == 0


def test_a_run_resumed_after_its_deadline_is_late_and_goes_on():
    step = Step("pay", "payment.take", undo="payment.refund")
    world = World(
        Saga("shop", orchestrated("main", step), deadline=60.0), {("pay", DO): (InjectedFault.BUSINESS_ERROR,)}
    )
    world.settle()
    assert world.state.status is RunStatus.ROLLED_BACK
    world.at += 3600
    world.report(asked("resume", "pay"))
    world.report(reports.TimePassed())
    assert world.state.late_at is not None
    world.settle()
    assert world.state.status is RunStatus.COMPLETED


def test_a_failure_beside_a_return_to_a_save_point_is_tried_again_afterwards():
    def beside(**options):
        return (
            orchestrated("first", Step("start", "order.start", undo="order.stop")),
            orchestrated("aside", Step("mail", "post.mail", undo="post.recall", **options), after="first"),
            orchestrated(
                "main",
                Step("pay", "pay.take", undo="pay.back"),
                after="first",
                savepoint=True,
                recovery=Recovery.FORWARD,
            ),
        )

    for attempts, end in ((1, RunStatus.PARKED), (3, RunStatus.COMPLETED)):
        retry = RetryPolicy(attempts=attempts, delay=0.0, jitter=0.0)
        script = {("mail", DO): (InjectedFault.TECHNICAL_ERROR,), ("pay", DO): (InjectedFault.BUSINESS_ERROR,)}
        world = World(Saga("shop", beside(retry=retry)), script)
        world.finish(world.claim("start", DO))
        mail, pay = world.claim("mail", DO), world.claim("pay", DO)
        world.finish(pay)
        world.finish(mail)
        world.settle()
        assert world.state.status is end


def waiting_for_its_pivot(does) -> World:
    order = Step("order", "order.place", undo="order.cancel")
    world = World(Saga("shop", orchestrated("main", order, Step("confirm", does, pivot=True))))
    world.finish(world.claim("order", DO))
    world.report(asked("cancel", None))
    return world


def test_a_rollback_that_waits_for_the_event_of_the_pivot_takes_it():
    world = waiting_for_its_pivot(WaitForEvent("Confirmed"))
    assert world.state.status is RunStatus.ROLLING_BACK
    world.report(facts.EventReceived(event="Confirmed"))
    assert world.state.status is RunStatus.COMPLETED


def test_a_person_may_end_the_wait_for_a_pivot_that_holds_a_rollback_up():
    world = waiting_for_its_pivot(WaitForEvent("Confirmed"))
    world.report(asked("cancel", None))
    world.settle()
    assert world.state.status is RunStatus.CANCELLED
    assert not world.done


@pytest.mark.parametrize("does", [Approval("managers"), Timer(3600.0)])
def test_a_pivot_that_only_waits_has_no_effect_and_holds_no_rollback_up(does):
    world = waiting_for_its_pivot(does)
    world.settle()
    assert world.state.status is RunStatus.CANCELLED
    assert not world.done


def test_a_child_that_rolled_back_after_its_time_settles_the_stuck_compensation():
    undo = Compensation(does=RollBackChild())
    steps = (Step("child", SubSaga("other"), undo=undo, undo_retry=ONCE), Step("pay", "pay.take"))
    script = {("pay", DO): (InjectedFault.BUSINESS_ERROR,), ("child", UNDO): (InjectedFault.CRASH_AFTER,)}
    world = World(Saga("shop", orchestrated("main", *steps)), script)
    world.settle()
    assert world.state.status is RunStatus.STUCK
    before = world.state.steps
    world.report(reports.ChildEnded(step="child", child="c", status="completed"))
    assert world.state.steps == before, "what was said before the rollback says nothing about it"
    world.report(reports.ChildEnded(step="child", child="c", status="rolled_back"))
    assert world.state.status is RunStatus.ROLLED_BACK
    assert world.state.steps["child"].status is StepStatus.COMPENSATED


def test_whoever_skips_a_step_just_after_the_run_turned_back_does_not_skip_its_compensation():
    world = parked_in_doubt()
    world.report(asked("roll_back", None))
    with pytest.raises(Refused, match="not been tried yet"):
        world.report(asked("skip", "pay"))
    world.settle()
    assert not world.done


BESIDE = {"savepoint": True, "recovery": Recovery.FORWARD}


def returning_beside(pivot):
    """A run that would return to a save-point while the pivot, in another segment, has not had its outcome."""
    order = orchestrated("order", Step("pay", "s.pay", undo="s.refund"), Step("pack", "s.pack", retry=ONCE), **BESIDE)
    saga = Saga("shop", (order, orchestrated("beside", Step("pivot", pivot, pivot=True), after=())))
    world = World(saga, {("pack", DO): (InjectedFault.BUSINESS_ERROR,)})
    world.finish(world.claim("pay", DO))
    world.finish(world.claim("pack", DO))
    assert world.state.rollback.savepoint == "order"
    return world


@pytest.mark.parametrize("pivot", [Timer(60.0), Approval("managers"), WaitForEvent("Confirmed")])
def test_a_return_to_a_save_point_waits_for_a_pivot_beside_it(pivot):
    world = returning_beside(pivot)
    assert world.state.steps["pay"].status is StepStatus.DONE, "nothing is undone while the pivot may take effect"
    match pivot:
        case Timer():
            world.pass_time(61.0)
        case Approval():
            world.report(reports.ApprovalDecided(step="pivot", approved=True, by="ann"))
        case _:
            world.report(reports.EventReceived(event="Confirmed"))
    assert world.state.rollback is None
    assert world.state.steps["pay"].status is StepStatus.DONE
    assert world.state.steps["pack"].status is StepStatus.PARKED


@pytest.mark.parametrize("pivot", [Timer(60.0), Approval("managers")])
def test_a_rollback_of_the_whole_run_withdraws_the_wait_that_held_the_return_to_a_save_point(pivot):
    world = returning_beside(pivot)
    world.report(asked("roll_back", None))
    assert world.state.steps["pivot"].status is StepStatus.PENDING
    world.settle()
    assert world.state.status is RunStatus.ROLLED_BACK


def test_a_pivot_that_was_not_begun_cannot_be_skipped_while_a_return_to_a_save_point_undoes():
    world = returning_beside("s.ship")
    assert world.state.steps["pivot"].status is StepStatus.DUE
    assert allowed(world.saga, world.state, world.at, "pivot")["skip"]
    assert allowed(world.saga, world.state, world.at, "pivot")["retry"]


def test_a_request_of_the_parent_decides_nothing_about_the_pivot_of_its_child():
    world = returning_beside(WaitForEvent("Confirmed"))
    request = reports.RollbackRequested(by="run 1", reason="the parent rolls back", parent=True)
    world.report(request)
    assert world.state.rollback.code == "parent"
    assert world.state.rollback.savepoint is None, "the whole child goes back, not only to its save-point"
    with pytest.raises(Refused, match="rolling back already"):
        world.report(request)
    assert world.state.steps["pivot"].status is StepStatus.WAITING
    world.report(reports.EventReceived(event="Confirmed"))
    assert world.state.rollback is None


def test_a_child_that_goes_back_by_itself_does_not_start_again_when_its_parent_asked_meanwhile():
    steps = (Step("pay", "s.pay", undo="s.refund"), Step("pack", "s.pack", retry=ONCE))
    saga = Saga("shop", orchestrated("main", *steps), after_rollback=retry_whole_run(times=3, delay=10))
    world = World(saga, {("pack", DO): (InjectedFault.BUSINESS_ERROR,)})
    world.finish(world.claim("pay", DO))
    world.finish(world.claim("pack", DO))
    world.report(reports.RollbackRequested(by="run 1", reason="the parent rolls back", parent=True))
    world.settle()
    assert world.state.status is RunStatus.ROLLED_BACK
    assert not [command for command in world.commands if isinstance(command, StartAgain)]


def test_a_deadline_that_passes_during_a_return_to_a_save_point_rolls_the_run_back():
    steps = (Step("pay", "s.pay", undo="s.refund"), Step("pack", "s.pack", retry=ONCE))
    saga = Saga("shop", orchestrated("main", *steps, **BESIDE), deadline=100)
    world = World(saga, {("pack", DO): (InjectedFault.BUSINESS_ERROR,)})
    world.finish(world.claim("pay", DO))
    world.finish(world.claim("pack", DO))
    world.pass_time(150)
    world.settle()
    assert world.state.status is RunStatus.ROLLED_BACK
    began = [entry.fact.code for entry in world.entries if isinstance(entry.fact, facts.RollbackBegan)]
    assert began == ["business-error", "deadline"]


def test_the_edited_input_of_an_undo_is_for_the_effect_of_its_round():
    """The first payment is given back by hand-picked number; the second one, after the save-point, by its own."""
    undo = Compensation(does=Call("bank.give"), input=InputMapping({"id": pick("/steps/pay/id")}))
    steps = (Step("pay", "bank.take", undo=undo, undo_retry=ONCE), Step("send", "post.send"))
    again = orchestrated("money", *steps, savepoint=True, recovery=Recovery.FORWARD, forward_attempts=2)
    world, refused = World(Saga("shop", again)), StepError(ErrorKind.BUSINESS, "no")

    def end(step, direction, outcome, **more):
        flight = world.claim(step, direction)
        world.report(outcome(step=step, direction=direction, attempt=flight.attempt, token=flight.token, **more))

    end("pay", DO, facts.StepSucceeded, output={"id": 1})
    end("send", DO, facts.StepFailed, error=refused)
    end("pay", UNDO, facts.StepFailed, error=refused)
    world.report(reports.RetryRequested(step="pay", input={"id": 101}, edited=True, by="ann", reason="wrong number"))
    assert input_now(world.saga, world.state, "pay") == {"id": 101}
    end("pay", UNDO, facts.StepSucceeded)
    end("pay", DO, facts.StepSucceeded, output={"id": 2})
    end("send", DO, facts.StepFailed, error=refused)
    assert world.state.steps["pay"].status is StepStatus.UNDO_DUE
    assert input_now(world.saga, world.state, "pay") == {"id": 2}


def test_what_an_earlier_round_left_is_in_the_last_record():
    """The seal stays when the run goes back to its save-point. The second round fails before the seal."""
    steps = (
        Step("pre", "a.pre", undo="a.unpre"),
        Step("seal", "a.seal", undo=irreversible("sealed")),
        Step("pay", "a.pay"),
    )
    again = orchestrated("all", *steps, savepoint=True, recovery=Recovery.FORWARD, forward_attempts=2)
    fails = {
        ("pay", DO): (InjectedFault.BUSINESS_ERROR,),
        ("pre", DO): (InjectedFault.NONE, InjectedFault.BUSINESS_ERROR),
    }
    world = World(Saga("shop", again), fails)
    world.settle()
    assert (world.state.status, world.done) == (RunStatus.ROLLED_BACK, {"seal#0"})
    back, last = [each.record for each in world.commands if isinstance(each, RecordRollback)]
    assert (back["summary"], last["summary"]) == ("1 compensated, 1 irreversible", "1 irreversible")
    [seal] = [row for row in last["steps"] if row["step"] == "seal"]
    assert "an earlier rollback of this run" in seal["reason"]


@pytest.mark.parametrize("undo", ["a.undo", irreversible("gone")], ids=["undone", "irreversible"])
def test_a_step_that_was_skipped_before_it_began_has_nothing_to_undo(undo):
    steps = (Step("a", "a.do", undo=undo), Step("pay", "a.pay", pivot=True), Step("send", "a.send"))
    world = World(Saga("shop", orchestrated("main", *steps)))
    world.report(asked("skip", "a"))
    assert plan(world.saga, world.state, failing="pay") == ()
    world.report(asked("skip", "pay"))
    world.report(asked("roll_back", None))
    world.settle()
    [record] = [each.record for each in world.commands if isinstance(each, RecordRollback)]
    assert record["summary"] == "nothing to undo"
