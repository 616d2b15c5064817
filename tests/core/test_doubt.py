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
    nothing,
    orchestrated,
    retry_whole_run,
)
from sagaflow.core.definition.input_mapping import InputMapping, pick
from sagaflow.core.definition.retry import RetryPolicy
from sagaflow.core.errors import Refused
from sagaflow.core.run import facts, reports
from sagaflow.core.run.commands import RecordRollback, StartAgain
from sagaflow.core.run.evolve import evolve
from sagaflow.core.run.journal import Entry
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


SENT = [
    pytest.param(Step("a", "s.a", undo="s.u"), id="call"),
    pytest.param(Step("a", SubSaga("kid"), undo=Compensation(does=RollBackChild())), id="sub-saga"),
]


@pytest.mark.parametrize("step", SENT)
def test_a_step_that_was_skipped_while_its_answer_was_to_come_keeps_its_key_when_it_is_resumed(step):
    saga = Saga("shop", orchestrated("main", step, Step("b", "s.b", retry=ONCE), Step("c", "s.c")))
    world = World(saga, {("b", DO): (InjectedFault.CRASH_BEFORE,)}, slow=frozenset("a"))
    world.finish(world.claim("a", DO))
    assert world.state.steps["a"].status is StepStatus.WAITING
    world.report(asked("skip", "a"))
    world.claim("b", DO)
    world.pass_time(31)
    world.report(asked("resume", "a"))
    assert (world.state.steps["a"].round, world.state.steps["a"].unknown) == (0, 1)
    world.settle()
    assert {base for base in world.happened if base.startswith("a")} <= {"a#0"}


@pytest.mark.parametrize("undo", [None, "s.u"])
def test_a_wait_that_has_timed_out_or_was_skipped_keeps_its_round_only_if_it_has_an_undo(undo):
    wait = Step("a", WaitForEvent("Paid"), timeout=5, **({"undo": undo} if undo else {}))
    for verbs in (("resume",), ("skip", "resume")):
        world = World(Saga("shop", orchestrated("main", wait, Step("b", WaitForEvent("Seen"), timeout=5))))
        world.pass_time(6)
        for verb in verbs:
            world.report(asked(verb, "a"))
            world.pass_time(6 if verb == "skip" else 0)
        assert world.state.steps["a"].round == (0 if undo else 1)


def unbegun(saga: Saga, name: str) -> World:
    """A run whose step has an action that no worker knows."""
    world = World(saga)
    flight = world.claim(name, DO)
    error = StepError(ErrorKind.PROGRAMMING, "UnknownAction", "There is no such action.")
    place = {"step": name, "attempt": flight.attempt, "token": flight.token}
    world.report(facts.StepFailed(**place, error=error, unbegun=True))
    assert world.state.steps[name].status is StepStatus.PARKED
    return world


@pytest.mark.parametrize("pivot", [False, True])
@pytest.mark.parametrize("verbs", [("skip",), ("retry", "skip"), ()])
@pytest.mark.parametrize("end", ["cancel", "roll_back"])
def test_a_step_that_never_began_is_not_undone_whether_it_was_skipped_or_parked(pivot, verbs, end):
    steps = (Step("a", "s.missing", undo="s.undo", pivot=pivot), Step("b", Approval("managers")))
    world = unbegun(Saga("shop", orchestrated("main", *steps)), "a")
    for verb in verbs:
        world.report(asked(verb, "a"))
    assert [line.step for line in plan(world.saga, world.state) if line.step == "a"] == []
    assert allowed(world.saga, world.state, world.at)[end] is None, "a pivot that never began forbids no way back"
    world.report(asked(end, None))
    assert world.state.status.ended
    assert world.state.steps["a"].undo_attempts == 0
    [record] = [each.record for each in world.commands if isinstance(each, RecordRollback)]
    assert record["summary"] == "nothing to undo"


def test_a_step_that_began_after_it_could_not_and_is_skipped_while_it_waits_is_undone():
    world = unbegun(Saga("shop", orchestrated("main", Step("a", "s.a", undo="s.undo"), Step("b", Approval("x")))), "a")
    world.slow = frozenset("a")
    world.report(asked("retry", "a"))
    world.finish(world.claim("a", DO))
    world.report(asked("skip", "a"))
    world.report(asked("cancel", None))
    assert world.state.steps["a"].status is StepStatus.UNDO_DUE


def test_a_skip_that_an_earlier_version_recorded_is_read_as_before():
    world = unbegun(Saga("shop", orchestrated("main", Step("a", "s.a", undo="s.undo"), Step("b", Approval("x")))), "a")
    old = Entry(world.state.seq + 1, world.at, 0, facts.StepSkipped(step="a", by="ann", reason="because"))
    assert evolve(world.saga, world.state, old).steps["a"].tried


@pytest.mark.parametrize(
    ("stayed", "undo", "outcome"),
    [
        (None, None, "nothing to undo"),
        (None, "s.undo", "nothing to undo"),
        (StepStatus.UNDO_SKIPPED, None, "irreversible"),
        (StepStatus.UNDO_SKIPPED, nothing("a look"), "undo skipped"),
    ],
)
@pytest.mark.parametrize("pivot", [False, True])
def test_a_child_that_goes_back_when_its_parent_waits_no_more_says_what_is_left_to_undo(stayed, undo, outcome, pivot):
    step = Step("sub", SubSaga("kid"), timeout=50, retry=ONCE, pivot=pivot, **({"undo": undo} if undo else {}))
    world = World(Saga("mum", orchestrated("main", step)))
    world.finish(world.claim("sub", DO))
    world.pass_time(51)
    assert world.state.steps["sub"].status is StepStatus.PARKED
    end = reports.ChildEnded(step="sub", child="c", status="completed")
    world.report(end)
    assert world.state.steps["sub"].error.code == "timed-out"
    end = reports.ChildEnded(step="sub", child="c", status="rolled_back", stayed=stayed, summary="1 of it")
    world.report(end)
    world.report(end)
    assert isinstance(world.entries[-1].fact, facts.SignalIgnored), "it is taken once"
    now = world.state.steps["sub"]
    assert (now.status, now.unknown, now.error.code) == (StepStatus.PARKED, int(bool(stayed)), "sub-saga-rolled_back")
    world.report(asked("roll_back", None))
    [record] = [each.record for each in world.commands if isinstance(each, RecordRollback)]
    assert [row["outcome"] for row in record["steps"]] == [outcome]
