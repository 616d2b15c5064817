"""The questions about a run have exact answers: at the very time, for the very worker, with the inputs of the step."""

from dataclasses import replace

import pytest

from sagaflow.core.definition.retry import RetryPolicy
from sagaflow.core.definition.saga import Saga, Step, SubSaga, Timer, WaitForEvent, choreographed, orchestrated
from sagaflow.core.run import queries, reports
from sagaflow.core.run.attention import Attention
from sagaflow.core.run.decide import decide
from sagaflow.core.run.skills import child_of
from sagaflow.core.run.state import RunState, RunStatus, StepState, StepStatus
from sagaflow.core.simulation.injected_faults import InjectedFault
from tests.core.world import DO, UNDO, World

pytestmark = pytest.mark.quick
TWICE = RetryPolicy(attempts=3, delay=3.0, jitter=0.0)


def retrying() -> World:
    """A run whose first step failed and is due again in three seconds."""
    steps = (Step("pay", "s.pay", undo="t.refund", retry=TWICE), Step("ship", "s.ship"), Step("bill", "s.bill"))
    world = World(Saga("shop", orchestrated("main", *steps)), {("pay", DO): (InjectedFault.TECHNICAL_ERROR,)}, input=7)
    world.finish(world.claim("pay", DO))
    return world


@pytest.mark.parametrize(("seconds", "due"), [(2.9, False), (3.0, True), (3.1, True)])
def test_work_is_claimable_needs_a_service_and_is_unserved_from_its_due_time_on(seconds, due):
    world = retrying()
    at = world.at + seconds
    assert queries.claimable(world.saga, world.state, at) == ((("pay", DO),) if due else ())
    assert queries.due_services(world.saga, world.state, at) == ({"s"} if due else set())
    [*unserved] = queries.unserved(world.saga, world.state, at, [])
    report = reports.WorkUnserved(step="pay", direction=DO, needs="s.pay", since=world.at + 3.0)
    assert unserved == ([report] if due else [])
    assert not [*queries.unserved(world.saga, world.state, at, [queries.ALL])]
    if due:
        world.at = at
        world.report(report)
        assert not [*queries.unserved(world.saga, world.state, at, [])], "it is reported once"


def test_an_undo_needs_the_service_of_the_undo():
    world = retrying()
    world.report(reports.CancelRequested(by="ann", reason="because"))
    assert queries.claimable(world.saga, world.state, world.at) == (("pay", UNDO),)
    assert queries.due_services(world.saga, world.state, world.at) == {"t"}
    assert queries.needed(world.saga.steps["pay"], world.state.steps["pay"]) == "t.refund"


def test_a_step_gets_the_input_of_the_run_or_its_own_and_the_outputs_of_the_steps_before_it():
    world = retrying()
    assert queries.inputs(world.saga, world.state, "pay") == (7, {})
    world.report(
        reports.RetryRequested(step="pay", verb="retry_with_input", input=0, edited=True, by="ann", reason="wrong")
    )
    assert queries.inputs(world.saga, world.state, "pay") == (0, {})
    world.finish(world.claim("pay", DO))
    assert queries.inputs(world.saga, world.state, "ship") == (7, {"pay": {"ok": True}})
    world.finish(world.claim("ship", DO))
    assert queries.inputs(world.saga, world.state, "bill") == (7, {"pay": {"ok": True}, "ship": {"ok": True}})
    assert queries.inputs(world.saga, world.state, "ship") == (7, {"pay": {"ok": True}}), "and of no step after it"


def test_the_input_now_is_what_the_next_attempt_gets_and_no_output_of_others():
    saga = Saga("order", orchestrated("main", Step("first", "a.first"), Step("then", "a.then")))
    state = replace(RunState.of(saga), input={"total": 9})
    assert queries.input_now(saga, state, "then") == {"total": 9}


def test_only_the_worker_that_claimed_a_step_holds_it_until_it_answers():
    world = retrying()
    world.at += 3.0
    flight = world.claim("pay", DO)
    held = {worker: queries.held_by(world.state, worker) for worker in ("v", "w", "x")}
    assert held == {"v": (), "w": ("pay",), "x": ()}
    world.finish(flight)
    assert queries.held_by(world.state, "w") == ()


@pytest.mark.parametrize(("at", "starts"), [(109.9, 110.0), (110.0, None), (111.0, None)])
def test_a_delayed_run_says_when_it_starts_until_then(at, starts):
    saga = Saga("shop", orchestrated("main", Step("pay", "s.pay", after=()), Step("ship", "s.ship", after=())))
    state = decide(saga, RunState.of(saga), reports.RunRequested(input=None, not_before=110.0), 100.0).state
    assert queries.starts_at(state, at) == starts


def test_a_run_that_tried_a_step_has_started():
    world = retrying()
    assert world.state.steps["pay"].status is StepStatus.DUE
    assert queries.starts_at(world.state, world.at) is None


def test_the_key_of_an_effect_names_the_round_from_the_second_on():
    world = retrying()
    assert queries.idempotency_key("r", world.state, "pay", DO) == "r:pay:do"
    world.at += 3.0
    world.finish(world.claim("pay", DO))
    world.report(reports.CancelRequested(by="ann", reason="because"))
    world.settle()
    state = world.state.with_step("pay", round=1)
    assert queries.idempotency_key("r", state, "pay", UNDO) == "r:pay#1:undo"


def run_of(**steps: StepState) -> RunState:
    """The state of a run of two steps that nothing else has happened to."""
    return RunState(seq=9, steps=steps)


DUE = StepState(status=StepStatus.DUE, due_at=9.0)


@pytest.mark.parametrize(
    ("state", "begins"),
    [
        (run_of(a=DUE, b=StepState()), 9.0),
        (run_of(a=StepState(status=StepStatus.SKIPPED, due_at=7.0), b=DUE), 9.0),
        (run_of(a=StepState(status=StepStatus.DUE), b=DUE), 9.0),
        (run_of(a=StepState(status=StepStatus.WAITING), b=DUE), None),
        (run_of(a=StepState(status=StepStatus.DONE), b=DUE), None),
        (run_of(a=replace(DUE, attempts=1), b=StepState()), None),
        (replace(run_of(a=DUE, b=StepState()), status=RunStatus.ROLLING_BACK), None),
        (run_of(a=StepState(), b=StepState()), None),
    ],
)
def test_a_run_waits_for_its_start_until_its_first_step_is_due_and_only_before_any_step_began(state, begins):
    assert queries.starts_at(state, 5.0) == begins
    assert queries.starts_at(state, 9.0) is None


def test_a_reaction_that_came_after_all_needs_no_attention():
    saga = Saga("late", orchestrated("main", Step("a", "s.a"), Step("b", "s.b")))
    missed = StepState(status=StepStatus.WAITING, missed_at=3.0)
    assert queries.attention(saga, run_of(a=missed, b=StepState())) is Attention.MISSING
    assert queries.attention(saga, run_of(a=replace(missed, status=StepStatus.PARKED), b=DUE)) is Attention.MISSING
    assert queries.attention(saga, run_of(a=replace(missed, status=StepStatus.DONE), b=DUE)) is None


@pytest.mark.parametrize(
    ("does", "needs"),
    [("s.a", "s.a"), (SubSaga("child"), child_of("child")), (WaitForEvent("Paid", "bank"), "bank"), (Timer(1.0), "a")],
)
def test_a_step_needs_its_action_or_else_its_sub_saga_or_its_service_or_nothing_but_itself(does, needs):
    assert queries.needed(Step("a", does), StepState(status=StepStatus.DUE)) == needs


def test_a_reaction_waits_for_events_from_outside_once_the_steps_before_it_are_done():
    steps = (
        Step("pack", "s.pack"),
        Step("send", "s.send", on=("PackCompleted", "Weighed", "Cleared")),
        Step("bill", "s.bill"),
    )
    world = World(Saga("parcel", choreographed("main", *steps)))
    assert queries.events_to_come(world.saga, world.state, "send") == ()
    world.finish(world.claim("pack", DO))
    assert queries.events_to_come(world.saga, world.state, "send") == ("Weighed", "Cleared")
    assert queries.events_to_come(world.saga, world.state, "bill") == ()
    world.report(reports.EventReceived(event="Weighed"))
    assert queries.events_to_come(world.saga, world.state, "send") == ("Cleared",)
    gone_back = world.fork()
    gone_back.report(reports.CancelRequested(by="ann", reason="because"))
    assert queries.events_to_come(gone_back.saga, gone_back.state, "send") == ()
    world.report(reports.EventReceived(event="Cleared"))
    assert queries.events_to_come(world.saga, world.state, "send") == ()


def test_no_reaction_is_to_come_while_the_run_rolls_back():
    steps = (Step("pack", "s.pack", undo="s.unpack"), Step("send", "s.send", on=("PackCompleted", "Weighed")))
    world = World(Saga("parcel", choreographed("main", *steps)))
    world.finish(world.claim("pack", DO))
    world.report(reports.CancelRequested(by="ann", reason="because"))
    assert (world.state.status, world.state.steps["send"].status) == (RunStatus.ROLLING_BACK, StepStatus.PENDING)
    assert queries.events_to_come(world.saga, world.state, "send") == ()


def test_a_reaction_that_goes_on_without_its_event_waits_for_it_no_longer():
    steps = (Step("paid", WaitForEvent("Paid"), timeout=5.0), Step("send", "s.send", on=("Paid",)))
    world = World(Saga("parcel", choreographed("main", *steps)))
    world.pass_time(6.0)
    assert queries.events_to_come(world.saga, world.state, "send") == ()
    world.report(reports.SkipRequested(step="paid", output=None, by="ann", reason="it was paid in cash"))
    assert world.state.steps["send"].status is StepStatus.DUE
    assert queries.events_to_come(world.saga, world.state, "send") == ()


def test_a_reaction_in_an_orchestrated_segment_or_in_one_that_has_not_begun_waits_for_no_event():
    reaction = Step("send", "s.send", on=("Weighed",))
    orders = World(Saga("parcel", orchestrated("main", reaction)))
    assert queries.events_to_come(orders.saga, orders.state, "send") == ()
    later = World(Saga("parcel", [orchestrated("first", Step("pack", "s.pack")), choreographed("main", reaction)]))
    assert queries.events_to_come(later.saga, later.state, "send") == ()
    later.finish(later.claim("pack", DO))
    assert queries.events_to_come(later.saga, later.state, "send") == ("Weighed",)
