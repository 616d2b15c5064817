"""The preview of a rollback equals the rollback: at every point of random runs, in steps, kinds and order."""

from dataclasses import replace

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from sagaflow.core.definition.retry import RetryPolicy
from sagaflow.core.definition.saga import (
    Approval,
    Call,
    Compensation,
    Recovery,
    Saga,
    Step,
    SubSaga,
    Timer,
    WaitForEvent,
    irreversible,
    orchestrated,
)
from sagaflow.core.run import facts
from sagaflow.core.run.commands import RecordRollback
from sagaflow.core.run.preview import plan
from sagaflow.core.run.queries import allowed
from sagaflow.core.run.record import WAITED, called_off
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


WORK = st.sampled_from((Call("s.do"), WaitForEvent("Came"), Approval("managers"), SubSaga("child"), Timer(9.0)))


@st.composite
def beside_a_pivot(draw):
    """A saga whose pivot waits or works at the same time as other steps, and a script that may refuse any of them."""
    undo = st.sampled_from((None, Compensation(does=Call("s.undo")), irreversible("it is gone")))
    steps = []
    for name in ("pivot", "s0", "s1"):
        work = replace(does, event=f"{name}.Came") if (does := draw(WORK)).awaits else does
        failure = {"no": f"{name}.Refused"} if does.awaits else {}
        after = ("s0",) if name == "s1" and draw(st.booleans()) else ()
        steps.append(Step(name, work, undo=draw(undo), fails_as=failure, after=after, pivot=name == "pivot"))
    limits = st.sampled_from((None, 5.0))
    saga = Saga("beside", orchestrated("main", *(replace(step, timeout=draw(limits)) for step in steps)))
    refused = draw(st.sets(st.sampled_from(sorted(saga.steps))))
    return saga, {(name, DO): (InjectedFault.BUSINESS_ERROR,) * 9 for name in refused}


@given(beside_a_pivot(), SEEDS)
@examples(200)
def test_a_preview_beside_an_open_pivot_promises_no_undo_of_what_may_still_be_refused(pair, seed):
    saga, script = pair
    note(f"seed {seed}, script {script}")
    world = World(saga, script, seed, slow=slow(saga, seed))
    for _ in range(20):
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
    before, sent = len(world.entries), len(world.commands)
    world.report(asked("roll_back", None))
    world.settle()
    if not world.state.status.ended or world.state.rollback is None:
        open_ = [line.step for line in announced.values() if line.in_progress or line.decides]
        assert open_, "nothing was under way that could keep the rollback from its end"
        return
    compare_with_record(announced, world.commands[sent:], world.state.steps)
    waits = called_off_waits(world)
    done = [*waits, *(entry.fact.step for entry in world.entries[before:] if is_undo(entry.fact))]
    assert len(set(done)) == len(done)
    certain = {name for name, line in announced.items() if not line.in_progress}
    assert certain <= set(done) <= set(announced), f"announced {announced}, done {done}"
    for later, name in enumerate(done):
        assert name in waits or world.state.steps[name].status in UNDONE[announced[name].kind]
        assert name not in waits or announced[name].in_progress or announced[name].kind == "nothing"
        for earlier in done[:later]:
            if earlier in world.saga.graph.descendants[name]:
                assert announced[earlier].order < announced[name].order
        assert not set(done[later:]) & world.saga.graph.descendants[name], "what depends on it is undone before it"


def compare_with_record(announced, commands, states):
    """Check that the record says of each announced step that it is undone, and of a begun one never "not started"."""
    [record] = [each.record for each in commands if isinstance(each, RecordRollback)]
    for row in record["steps"]:
        line, outcome = announced.get(row["step"]), row["outcome"]
        assert outcome != "pending undo"
        assert (outcome == "not started") == (row["started_at"] is None and outcome != "nothing to undo"), row
        if line is None:
            assert outcome in ("not started", "nothing to undo"), f"not announced: {row}"
        elif not line.in_progress:
            assert outcome != "not started", f"announced, and not started: {row}"
            if line.kind == "nothing" and outcome == "nothing to undo":
                own, _, earlier = row["reason"].partition("; in an earlier rollback of this run")
                assert line.reason == own
                assert bool(earlier) == (states[row["step"]].left is not None)


def called_off_waits(world):
    """The waits that had begun when the rollback called them off, which it does before it undoes anything."""
    waits = [name for name in reversed(world.saga.graph.order) if not world.saga.steps[name].does.by_worker]
    return [name for name in waits if called_off(world.state.steps[name])]


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


WAITS = [
    (Approval("managers"), None),
    (WaitForEvent("Paid", "bank"), None),
    (Timer(600), None),
    (Approval("managers"), Compensation(does=Call("shop.disagree"))),
]


@pytest.mark.parametrize("ends", ["waits", "parked"])
@pytest.mark.parametrize(("work", "undo"), WAITS)
def test_a_wait_that_has_begun_leaves_nothing_to_undo_in_the_preview_and_in_the_record(work, undo, ends):
    limit = None if isinstance(work, Timer) else 9.0
    world = shop(call("reserve"), Step("wait", work, undo=undo, timeout=limit), call("pack"))
    do(world, "reserve")
    if ends == "parked" and limit:
        world.at += 10
        world.report(TimePassed())
        assert world.state.steps["wait"].status is StepStatus.PARKED
    [first, second] = plan(world.saga, world.state, world.at)
    assert (first.step, first.kind, first.reason, first.action) == ("wait", "nothing", WAITED, "")
    assert (first.in_progress, second.step) == (False, "reserve")
    compare(world)
    row = row_of(world, "wait")
    assert (row["outcome"], row["reason"], row["attempts"]) == ("nothing to undo", WAITED, 1)
    assert (row["error"] is not None) == (ends == "parked" and limit is not None)
    assert row_of(world, "pack")["outcome"] == "not started"


def row_of(world, step):
    record = next(each.record for each in world.commands if isinstance(each, RecordRollback))
    return next(row for row in record["steps"] if row["step"] == step)


def test_while_the_pivot_is_open_it_decides_and_past_it_there_is_nothing_to_announce():
    world = shop(call("reserve"), call("pay", pivot=True), call("pack"))
    do(world, "reserve")
    flight = world.claim("pay", DO)
    assert lines(world) == [(1, "pay", True, True), (2, "reserve", False, False)]
    world.finish(flight)
    assert lines(world) == []


OTHERS = [
    (WaitForEvent("Paid", "bank"), facts.EventReceived(event="Refused"), StepStatus.FAILED),
    (Approval("managers"), facts.ApprovalDecided(step="other", approved=True, by="ann"), StepStatus.COMPENSATED),
]


@pytest.mark.parametrize(("work", "answer", "ends"), OTHERS, ids=["refused", "approved"])
def test_a_wait_beside_an_open_pivot_is_under_way_because_its_answer_may_come_first(work, answer, ends):
    undo, failure = Compensation(does=Call("shop.undo")), {"no": "Refused"} if work.awaits else {}
    other = Step("other", work, undo=undo, fails_as=failure, after=())
    world = shop(other, call("pay", pivot=True, after=()))
    world.script = {("pay", DO): (InjectedFault.BUSINESS_ERROR,)}
    flight = world.claim("pay", DO)
    assert lines(world) == [(1, "pay", True, True), (1, "other", True, False)]
    world.report(asked("roll_back", None))
    world.report(answer)
    world.finish(flight)
    world.settle()
    assert world.state.steps["other"].status is ends


@pytest.mark.parametrize(("work", "hears"), [(WaitForEvent("Paid"), True), (Approval("managers"), False)])
def test_a_parked_wait_next_to_an_open_pivot_still_hears_its_event_and_no_decision(work, hears):
    other = Step("other", work, undo=Compensation(does=Call("shop.undo")), after=(), timeout=9.0)
    world = shop(other, call("pay", pivot=True, after=()))
    world.claim("pay", DO)
    world.at += 10
    world.report(TimePassed())
    assert world.state.steps["other"].status is StepStatus.PARKED
    assert lines(world) == [(1, "pay", True, True), (1, "other", hears, False)]


def test_a_refusal_next_to_an_open_pivot_leaves_nothing_of_the_refused_step_and_the_others_are_under_way():
    waits = [Step(name, Approval("managers"), after=()) for name in ("agree", "be_sure", "check")]
    world = shop(*waits, call("pay", pivot=True, after=()))
    world.claim("pay", DO)
    planned = plan(world.saga, world.state, world.at, failing="be_sure")
    assert {line.step: line.in_progress for line in planned} == {"pay": True, "agree": True, "check": True}


def test_a_refusal_that_leads_back_to_a_savepoint_undoes_no_more_than_that():
    first = orchestrated("first", call("reserve"))
    later = orchestrated("later", call("pack"), Step("approve", Approval("managers")), savepoint=True, **FORWARD)
    world = World(Saga("shop", (first, later)))
    do(world, "reserve")
    do(world, "pack")
    assert [line.step for line in plan(world.saga, world.state, failing="approve")] == ["pack"]
    assert [line.step for line in plan(world.saga, world.state)] == ["approve", "pack", "reserve"]


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
    called_off = [(1, "agree", False, False), (2, "reserve", False, False)]
    assert lines(world) == called_off
    world.report(TimePassed())
    assert world.state.steps["agree"].status is StepStatus.PARKED
    assert lines(world) == called_off
    compare(world)


FORWARD = {"recovery": Recovery.FORWARD, "forward_attempts": 2}
