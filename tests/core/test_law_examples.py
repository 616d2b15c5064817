"""The laws on the smallest sagas that can break them. Random search finds these cases late; this finds them early."""

from dataclasses import replace

import pytest

from sagaflow.core.definition.condition import where
from sagaflow.core.definition.retry import RetryPolicy
from sagaflow.core.definition.saga import (
    OnExhausted,
    Recovery,
    Saga,
    Step,
    Style,
    SubSaga,
    Timer,
    WaitForEvent,
    choreographed,
    orchestrated,
)
from sagaflow.core.mask import MASK
from sagaflow.core.run import facts, reports
from sagaflow.core.run.decide import decide
from sagaflow.core.run.queries import allowed, claimable, wake_at
from sagaflow.core.run.state import Direction, ErrorKind, RunStatus, StepError, StepStatus
from sagaflow.core.simulation.injected_faults import InjectedFault
from tests.core.strategies import restyle
from tests.core.world import LEASE, World

DO, UNDO = Direction.DO, Direction.UNDO
ONCE = RetryPolicy(attempts=1)
REFUSED = (InjectedFault.BUSINESS_ERROR,)
STYLES = pytest.mark.parametrize("style", list(Style))


def two(style: Style = Style.ORCHESTRATED, **options: object) -> Saga:
    """Two parallel steps; the first is the pivot if the options say so."""
    left = Step("left", "a.left", undo="a.unleft", after=(), **options)
    return restyle(Saga("two", orchestrated("main", left, Step("right", "b.right", undo="b.unright", after=()))), style)


@STYLES
def test_an_undo_waits_for_everything_that_depends_on_the_step(style) -> None:
    chain = [Step(name, f"s.{name}", undo=f"s.un{name}") for name in ("one", "two", "three")]
    saga = restyle(Saga("chain", orchestrated("main", *chain, Step("doomed", "s.doomed"))), style)
    world = World(saga, {("doomed", DO): (InjectedFault.BUSINESS_ERROR,)})
    world.settle()
    undone = [entry.fact.step for entry in world.entries if isinstance(entry.fact, facts.StepClaimed)][4:]
    assert undone == ["three", "two", "one"]
    assert not world.done


@STYLES
def test_after_a_return_to_a_save_point_each_effect_has_a_key_of_its_own(style) -> None:
    steps = (Step("one", "s.one", undo="s.unone"), Step("two", "s.two", undo="s.untwo"))
    saga = restyle(Saga("again", orchestrated("main", *steps, savepoint=True, recovery=Recovery.FORWARD)), style)
    world = World(saga, {("two", DO): (InjectedFault.BUSINESS_ERROR,)})
    world.settle()
    assert world.state.status is RunStatus.COMPLETED
    assert world.done == {"one#1", "two#1"}
    assert world.keys["one", DO, 1] == "run:one#1:do"


@STYLES
def test_technical_errors_are_tried_as_often_as_the_policy_says_and_then_parked(style) -> None:
    saga = two(style, retry=RetryPolicy(attempts=3))
    world = World(saga, {("left", DO): (InjectedFault.TECHNICAL_ERROR,) * 40})
    world.settle()
    assert world.state.status is RunStatus.PARKED
    assert world.state.steps["left"].attempts == 3


@STYLES
def test_an_error_of_the_code_is_not_tried_again_and_what_it_did_is_undone(style) -> None:
    wrong = StepError(ErrorKind.PROGRAMMING, "invalid-output", "/tags is a set")
    world = World(two(style, retry=RetryPolicy(attempts=5), undo_retry=RetryPolicy(attempts=5)))
    for direction, status in ((DO, StepStatus.PARKED), (UNDO, StepStatus.STUCK)):
        flight = world.claim("left", direction)
        world.take_effect(flight)
        attempt = {"attempt": flight.attempt, "token": flight.token}
        world.report(facts.StepFailed(step="left", direction=direction, error=wrong, **attempt))
        assert world.state.steps["left"].status is status
        world.report(reports.RetryRequested(step="left", by="ann", reason="mended"))
        if direction is DO:  # before any worker retried it
            world.report(reports.RollbackRequested(by="ann", reason="not mended after all"))
    world.settle()
    assert world.state.status is RunStatus.ROLLED_BACK
    assert not world.done


@STYLES
def test_an_answer_that_is_still_out_when_a_rollback_begins_counts_as_may_have_happened(style) -> None:
    world = World(two(style), {("right", DO): (InjectedFault.BUSINESS_ERROR,)})
    flight = world.claim("left", DO)
    world.report(facts.StepAccepted(step="left", attempt=flight.attempt, token=flight.token))
    world.take_effect(flight)
    world.flights.clear()
    world.finish(world.claim("right", DO))
    assert world.state.steps["left"].status is StepStatus.UNDO_DUE
    world.settle()
    assert world.state.status is RunStatus.ROLLED_BACK
    assert not world.done


@STYLES
def test_a_pivot_under_way_holds_the_rollback_and_its_success_withdraws_it(style) -> None:
    world = World(two(style, pivot=True), {("right", DO): (InjectedFault.BUSINESS_ERROR,)})
    pivot = world.claim("left", DO)
    world.finish(world.claim("right", DO))
    assert world.state.status is RunStatus.ROLLING_BACK
    assert claimable(world.saga, world.state, world.at) == ()
    world.finish(pivot)
    assert world.state.status is RunStatus.PARKED
    assert world.state.steps["right"].status is StepStatus.PARKED
    assert not world.state.steps["left"].undo_attempts


@STYLES
def test_nothing_is_undone_while_a_pivot_beside_it_is_under_way(style) -> None:
    [left, right] = two(style, pivot=True).segments[0].steps
    done = Step("done", "c.done", undo="c.undone", after=())
    saga = restyle(Saga("three", orchestrated("main", left, right, done)), style)
    world = World(saga, {("right", DO): (InjectedFault.BUSINESS_ERROR,)})
    world.finish(world.claim("done", DO))
    pivot = world.claim("left", DO)
    world.finish(world.claim("right", DO))
    assert claimable(world.saga, world.state, world.at) == ()
    assert world.state.steps["done"].status is StepStatus.DONE
    world.finish(pivot)
    assert world.state.steps["done"].status is StepStatus.DONE
    assert not world.state.steps["done"].undo_attempts


@STYLES
def test_a_refusal_past_the_pivot_is_for_a_person(style) -> None:
    steps = (Step("pay", "s.pay", undo="s.refund"), Step("ship", "s.ship", pivot=True), Step("bill", "s.bill"))
    saga = restyle(Saga("late", orchestrated("main", *steps)), style)
    world = World(saga, {("bill", DO): (InjectedFault.BUSINESS_ERROR,)})
    world.settle()
    assert world.state.status is RunStatus.PARKED
    assert allowed(saga, world.state, world.at)["roll_back"] is not None
    assert world.done == {"pay#0", "ship#0"}


@STYLES
def test_a_worker_that_dies_is_noticed_when_its_lease_ends_and_no_earlier(style) -> None:
    world = World(two(style, retry=RetryPolicy(attempts=2, delay=0.0)))
    lost = world.claim("left", DO)
    world.finish(world.claim("right", DO))
    assert wake_at(world.saga, world.state) == world.at + LEASE
    world.pass_time(LEASE - 1)
    assert world.state.steps["left"].status is StepStatus.RUNNING
    world.pass_time(1)
    second = world.claim("left", DO)
    assert second.token > lost.token
    before = world.state.steps
    world.finish(lost)
    assert world.state.steps == before, "the answer of the lost attempt comes too late"
    world.finish(second)
    assert world.state.status is RunStatus.COMPLETED


@STYLES
def test_a_step_whose_condition_does_not_hold_is_skipped(style) -> None:
    world = World(two(style, condition=where("/input/flag", "eq", True)), input={"flag": False})
    world.settle()
    assert world.state.steps["left"].status is StepStatus.SKIPPED
    assert world.done == {"right#0"}


@STYLES
def test_a_timer_takes_its_time_to_the_second(style) -> None:
    saga = restyle(Saga("timer", orchestrated("main", Step("wait", Timer(10.0)))), style)
    world = World(saga)
    world.pass_time(9.999)
    assert world.state.status is RunStatus.RUNNING
    world.pass_time(0.001)
    assert world.state.status is RunStatus.COMPLETED


def test_during_a_rollback_no_forward_step_may_be_tried_again() -> None:
    child = Step("child", SubSaga("other"), undo="a.undo", after=())
    doomed = Step("doomed", "s.doomed", after=())
    world = World(
        Saga("parent", orchestrated("main", child, doomed)), {("doomed", DO): (InjectedFault.BUSINESS_ERROR,)}
    )
    world.finish(world.claim("child", DO))
    world.finish(world.claim("doomed", DO))
    assert world.state.steps["child"].status is StepStatus.WAITING
    answers = allowed(world.saga, world.state, world.at, "child")
    assert "rolling back" in str(answers["retry"])


def test_a_late_attempt_of_a_step_that_was_refused_later_is_barred() -> None:
    saga = Saga("zombie", orchestrated("main", Step("pay", "payment.take", undo="payment.refund")))
    world = World(saga, {("pay", DO): (InjectedFault.LATE_REPLY, InjectedFault.BUSINESS_ERROR)})
    zombie = world.claim("pay", DO)
    world.pass_time(LEASE + 1)
    world.pass_time(5)
    world.finish(world.claim("pay", DO))
    world.flights.remove(zombie)
    world.settle()
    world.flights.append(zombie)
    world.finish(zombie)
    assert not world.done


@STYLES
def test_a_join_waits_for_all_that_it_comes_after(style) -> None:
    sides = [Step(name, f"s.{name}", after=()) for name in ("left", "right")]
    saga = restyle(Saga("join", choreographed("main", *sides, Step("join", "s.join", after=("left", "right")))), style)
    world = World(saga)
    world.finish(world.claim("left", DO))
    assert [step for step, _ in claimable(saga, world.state, world.at)] == ["right"]
    world.finish(world.claim("right", DO))
    assert [step for step, _ in claimable(saga, world.state, world.at)] == ["join"]


@STYLES
def test_no_attempt_begins_after_the_total_time_of_the_policy(style) -> None:
    policy = RetryPolicy(attempts=50, delay=10.0, factor=1.0, jitter=0.0, total=25.0)
    world = World(two(style, retry=policy), {("left", DO): (InjectedFault.TECHNICAL_ERROR,) * 60})
    world.settle()
    assert (world.state.status, world.state.steps["left"].attempts) == (RunStatus.PARKED, 3)


@STYLES
def test_a_pivot_that_its_condition_skips_is_no_point_of_no_return(style) -> None:
    skipped = Step("ship", "s.ship", pivot=True, condition=where("/input/flag", "eq", True))
    steps = (Step("pay", "s.pay", undo="s.refund"), skipped, Step("bill", "s.bill"))
    world = World(restyle(Saga("unshipped", orchestrated("main", *steps)), style), {("bill", DO): REFUSED})
    world.settle()
    assert world.state.steps["ship"].status is StepStatus.SKIPPED
    assert world.state.status is RunStatus.ROLLED_BACK
    assert not world.done


@STYLES
@pytest.mark.parametrize("tries", [1, 2, 3])
def test_a_segment_goes_forward_from_its_save_point_as_often_as_it_says(style, tries) -> None:
    steps = (Step("one", "s.one", undo="s.unone"), Step("two", "s.two"))
    main = orchestrated("main", *steps, savepoint=True, recovery=Recovery.FORWARD, forward_attempts=tries)
    world = World(restyle(Saga("again", main), style), {("two", DO): REFUSED * tries})
    world.settle()
    assert (world.state.status, world.state.steps["two"].attempts) == (RunStatus.ROLLED_BACK, tries)


@STYLES
def test_a_person_who_tries_a_waiting_call_again_does_not_make_its_first_attempt_forgotten(style) -> None:
    world = World(two(style))
    flight = world.claim("left", DO)
    world.report(facts.StepAccepted(step="left", attempt=flight.attempt, token=flight.token))
    world.take_effect(flight)
    world.flights.clear()
    who = {"by": "someone", "reason": "because"}
    world.report(reports.RetryRequested(step="left", **who))
    world.report(reports.RollbackRequested(**who))
    assert world.state.steps["left"].status is StepStatus.UNDO_DUE
    world.settle()
    assert not world.done


def test_an_event_counts_once_whatever_became_of_it_and_by_whatever_name_it_comes() -> None:
    steps = (Step("wait", WaitForEvent("Paid")), Step("next", WaitForEvent("Sent")))
    world = World(Saga("heard", orchestrated("main", *steps)))
    world.report(facts.EventReceived(event="Paid", event_id="e1"))
    world.report(facts.EventReceived(event="Sent", event_id="e1"))
    assert world.state.steps["next"].status is StepStatus.WAITING
    world.report(facts.EventReceived(event="Sent", event_id="e2"))
    assert world.state.status is RunStatus.COMPLETED


def test_an_event_of_an_earlier_round_does_not_count_again_after_the_return_to_a_save_point() -> None:
    steps = (Step("wait", WaitForEvent("Paid")), Step("next", "s.next"))
    saga = Saga("heard", orchestrated("main", *steps, savepoint=True, recovery=Recovery.FORWARD))
    world = World(saga, {("next", DO): REFUSED})
    paid = facts.EventReceived(event="Paid", event_id="e1")
    world.report(paid)
    world.finish(world.claim("next", DO))
    assert (world.state.restored, world.state.steps["wait"].status) == ({"main": 1}, StepStatus.WAITING)
    world.report(paid)
    assert world.state.steps["wait"].status is StepStatus.WAITING, "it was delivered again; the second is to be another"
    world.report(facts.EventReceived(event="Paid", event_id="e2"))
    assert world.state.steps["wait"].status is StepStatus.DONE


def test_an_event_that_the_caller_remembers_is_a_duplicate_although_the_snapshot_no_longer_knows_it() -> None:
    world = World(Saga("heard", orchestrated("main", Step("wait", WaitForEvent("Paid")))))
    paid = facts.EventReceived(event="Paid", event_id="e1")
    assert decide(world.saga, world.state, paid, world.at, repeated=True).ignored.why == "duplicate"


@STYLES
def test_a_pivot_whose_attempts_are_used_up_is_for_a_person_whatever_it_asks_for(style) -> None:
    asks = two(style, pivot=True, retry=RetryPolicy(attempts=2), on_exhausted=OnExhausted.ROLL_BACK)
    world = World(asks, {("left", DO): (InjectedFault.TECHNICAL_ERROR,) * 9})
    world.settle()
    assert world.state.status is RunStatus.PARKED
    assert not any(step.undo_attempts for step in world.state.steps.values())


def test_the_fencing_token_goes_on_into_the_next_round_so_that_an_old_answer_is_known_as_stale() -> None:
    steps = (Step("one", "s.one", undo="s.unone", after=()), Step("two", "s.two", after=()))
    saga = Saga("again", orchestrated("main", *steps, savepoint=True, recovery=Recovery.FORWARD))
    world = World(saga, {("two", DO): REFUSED})
    old = world.claim("one", DO)
    world.finish(old)
    world.finish(world.claim("two", DO))
    world.finish(world.claim("one", UNDO))
    assert world.state.steps["one"].round == 1
    assert world.state.steps["one"].token >= old.token


@pytest.mark.parametrize("asked_for", [False, True])
def test_an_event_that_only_compensations_hear_leaves_without_what_is_sensitive(asked_for) -> None:
    refund = replace(Step("charge", "pay.charge", undo="pay.refund").undo, emits="Refunded" if asked_for else None)
    charge = Step("charge", "pay.charge", undo=refund)
    upstream = choreographed("a", Step("note", "s.note", undo="s.unnote"))
    saga = Saga("quiet", [upstream, orchestrated("b", charge, Step("ship", "s.ship"))], sensitive=("ok",))
    world = World(saga, {("ship", DO): REFUSED})
    world.settle()
    published = [entry.fact for entry in world.entries if isinstance(entry.fact, facts.EventPublished)]
    left = [fact.payload for fact in published if (fact.step, fact.direction) == ("charge", UNDO)]
    assert left == [{"ok": True if asked_for else MASK}]
