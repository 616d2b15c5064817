"""The preview of a rollback equals the rollback: at every point of random runs, in steps, kinds and order."""

from hypothesis import given, note

from sagaflow.core.definition.retry import RetryPolicy
from sagaflow.core.definition.saga import (
    Approval,
    Call,
    Compensation,
    Recovery,
    Saga,
    Step,
    WaitForEvent,
    irreversible,
    orchestrated,
)
from sagaflow.core.run import facts
from sagaflow.core.run.preview import plan
from sagaflow.core.run.queries import allowed
from sagaflow.core.run.reports import TimePassed
from sagaflow.core.run.state import StepStatus
from sagaflow.core.simulation.injected_faults import InjectedFault
from tests.core.strategies import saga_and_script
from tests.core.test_laws import EVERY_KIND, SEEDS, asked, slow
from tests.core.thoroughness import examples
from tests.core.world import DO, UNDO, World

UNDONE = {
    "compensate": {StepStatus.COMPENSATED, StepStatus.NOTHING_TO_UNDO},
    "semantic": {StepStatus.SEMANTICALLY_UNDONE, StepStatus.NOTHING_TO_UNDO},
    "irreversible": {StepStatus.IRREVERSIBLE},
    "undeclared": {StepStatus.IRREVERSIBLE},
    "nothing": {StepStatus.NOTHING_TO_UNDO},
}


@given(saga_and_script(kinds=EVERY_KIND, with_timeouts=True), SEEDS)
@examples(100)
def test_at_every_point_the_preview_is_what_the_rollback_then_does(pair, seed):
    saga, script = pair
    note(f"seed {seed}, script {script}")
    world = World(saga, script, seed, slow=slow(saga, seed))
    for _ in range(30):
        if allowed(saga, world.state, world.at)["roll_back"] is None and world.state.rollback is None:
            compare(world.fork())
        if world.state.status.ended:
            break
        world.turn()


def compare(world):
    """Roll back now, with compensations that all succeed, and compare the result with the preview."""
    announced = {line.step: line for line in plan(world.saga, world.state, world.at)}
    world.script = {key: faults for key, faults in world.script.items() if key[1] is not UNDO}
    world.flights = [flight for flight in world.flights if flight.direction is DO]
    before = len(world.entries)
    world.report(asked("roll_back", None))
    world.settle()
    if not world.state.status.ended or world.state.rollback is None:
        open_ = [line.step for line in announced.values() if line.in_progress or line.decides]
        assert open_, "nothing was under way that could keep the rollback from its end"
        return
    done = [entry.fact.step for entry in world.entries[before:] if is_undo(entry.fact)]
    assert len(set(done)) == len(done)
    certain = {name for name, line in announced.items() if not line.in_progress}
    assert certain <= set(done) <= set(announced), f"announced {announced}, done {done}"
    for later, name in enumerate(done):
        assert world.state.steps[name].status in UNDONE[announced[name].kind]
        for earlier in done[:later]:
            if earlier in world.saga.graph.descendants[name]:
                assert announced[earlier].order < announced[name].order
        assert not set(done[later:]) & world.saga.graph.descendants[name], "what depends on it is undone before it"


def is_undo(fact):
    settled = isinstance(fact, facts.CompensationSettled)
    return settled or (isinstance(fact, facts.StepSucceeded) and fact.direction is UNDO)


def call(name, **more):
    return Step(name, Call(f"shop.{name}"), undo=Compensation(does=Call(f"shop.undo_{name}")), **more)


def lines(world):
    return [(line.order, line.step, line.in_progress, line.decides) for line in plan(world.saga, world.state, world.at)]


def shop(*steps):
    return World(Saga("shop", orchestrated("main", *steps)))


def do(world, name):
    world.finish(world.claim(name, DO))


def test_work_that_is_due_but_was_never_begun_is_not_announced():
    world = shop(call("reserve"), call("pack"), call("send"))
    assert lines(world) == []
    do(world, "reserve")
    assert world.state.steps["pack"].status is StepStatus.DUE
    assert lines(world) == [(1, "reserve", False, False)]


def test_an_attempt_that_is_under_way_is_undone_if_it_takes_effect():
    world = shop(call("reserve"), call("pack"), call("send"))
    do(world, "reserve")
    world.claim("pack", DO)
    assert lines(world) == [(1, "pack", True, False), (2, "reserve", False, False)]


def test_a_step_that_is_being_tried_again_may_have_taken_effect():
    world = shop(call("reserve"), call("pack"))
    world.script = {("reserve", DO): (InjectedFault.TECHNICAL_ERROR,) * 9}
    do(world, "reserve")
    assert world.state.steps["reserve"].status is StepStatus.DUE
    assert lines(world) == [(1, "reserve", False, False)]


def test_waits_that_leave_nothing_are_called_off():
    world = shop(call("reserve"), Step("approve", Approval("managers")), call("pack"))
    do(world, "reserve")
    assert lines(world) == [(1, "reserve", False, False)]
    world = shop(call("reserve"), Step("paid", WaitForEvent("Paid", "bank")), call("pack"))
    do(world, "reserve")
    assert lines(world) == [(1, "reserve", False, False)]


def test_while_the_pivot_is_open_it_decides_and_past_it_there_is_nothing_to_announce():
    world = shop(call("reserve"), call("pay", pivot=True), call("pack"))
    do(world, "reserve")
    flight = world.claim("pay", DO)
    assert lines(world) == [(1, "pay", True, True), (2, "reserve", False, False)]
    world.finish(flight)
    assert lines(world) == []


def test_a_refusal_that_leads_back_to_a_savepoint_undoes_no_more_than_that():
    first = orchestrated("first", call("reserve"))
    later = orchestrated("later", call("pack"), Step("approve", Approval("managers")), savepoint=True, **FORWARD)
    world = World(Saga("shop", (first, later)))
    do(world, "reserve")
    do(world, "pack")
    assert [line.step for line in plan(world.saga, world.state, failing="approve")] == ["pack"]
    assert [line.step for line in plan(world.saga, world.state)] == ["pack", "reserve"]


def test_limits_pass_before_the_moment_that_is_asked_about_and_none_without_a_moment():
    world = shop(call("reserve"), call("pack"))
    do(world, "reserve")
    world.claim("pack", DO)
    lost = world.state.steps["pack"].lease_until
    assert lost is not None
    for at, in_progress in ((None, True), (lost - 1, True), (lost + 1, False)):
        [first, _] = plan(world.saga, world.state, at)
        assert (first.step, first.in_progress) == ("pack", in_progress)


def test_what_cannot_be_undone_is_told_from_what_declares_nothing():
    world = shop(Step("send", "post.send", undo=irreversible("sent")), Step("tell", "post.tell"), call("pack"))
    do(world, "send")
    do(world, "tell")
    assert {line.step: line.kind for line in plan(world.saga, world.state, world.at)} == {
        "send": "irreversible",
        "tell": "undeclared",
    }


def test_a_parked_pivot_counts_as_not_known_unless_another_step_fails():
    world = shop(call("reserve"), call("pay", pivot=True, retry=RetryPolicy(attempts=1)))
    world.script = {("pay", DO): (InjectedFault.TECHNICAL_ERROR,)}
    do(world, "reserve")
    do(world, "pay")
    assert world.state.steps["pay"].status is StepStatus.PARKED
    asked_for = plan(world.saga, world.state, world.at)
    assert [(line.step, line.decides) for line in asked_for] == [("pay", False), ("reserve", False)]
    failing = plan(world.saga, world.state, world.at, failing="reserve")
    assert [(line.step, line.decides) for line in failing] == [("pay", True), ("reserve", False)]


def test_a_parked_decision_is_called_off_although_it_is_the_pivot_and_could_be_undone():
    pivot = Step("agree", Approval("bosses"), undo=Compensation(does=Call("shop.disagree")), pivot=True, timeout=9.0)
    world = shop(call("reserve"), pivot)
    do(world, "reserve")
    world.at += 10
    assert lines(world) == [(1, "reserve", False, False)]
    world.report(TimePassed())
    assert world.state.steps["agree"].status is StepStatus.PARKED
    assert lines(world) == [(1, "reserve", False, False)]
    compare(world)


FORWARD = {"recovery": Recovery.FORWARD, "forward_attempts": 2}
