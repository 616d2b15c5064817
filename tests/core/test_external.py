"""A decision or the end of a sub-saga is taken only for a step that can wait for it."""

import pytest

from sagaflow.core.definition.retry import RetryPolicy
from sagaflow.core.definition.saga import (
    Approval,
    Compensation,
    RollBackChild,
    Saga,
    Step,
    SubSaga,
    WaitForEvent,
    nothing,
    orchestrated,
)
from sagaflow.core.errors import Refused
from sagaflow.core.run import external, facts, reports
from sagaflow.core.run.decide import decide
from sagaflow.core.run.interventions import allowed
from sagaflow.core.run.state import ErrorKind, RunState, RunStatus, StepError, StepStatus
from sagaflow.core.simulation.injected_faults import InjectedFault
from tests.core.world import DO, UNDO, World

pytestmark = pytest.mark.quick
ONCE = RetryPolicy(attempts=1)


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


FAMILY = Saga(
    "family",
    orchestrated(
        "main",
        Step("sub", SubSaga("kid"), undo=Compensation(does=RollBackChild()), timeout=50, retry=ONCE, undo_retry=ONCE),
        Step("pay", "s.pay"),
    ),
)
EDIT = {"verb": "retry_with_input", "input": {"n": 2}, "edited": True, "by": "ann", "reason": "typo"}


def family(*, goes_back: bool, sweeps: bool) -> World:
    """A run that waits for its child, or for its rollback, which takes longer than the step allows."""
    world = World(FAMILY)
    flight = world.claim("sub", DO)
    world.report(reports.StepAccepted(step="sub", direction=DO, attempt=flight.attempt, token=flight.token))
    if goes_back:
        world.report(reports.ChildEnded(step="sub", child="7", status="completed"))
        world.report(reports.RollbackRequested(by="ann", reason="wrong"))
        flight = world.claim("sub", UNDO)
        world.report(reports.StepAccepted(step="sub", direction=UNDO, attempt=flight.attempt, token=flight.token))
    world.at += 55
    if sweeps:
        world.report(reports.TimePassed())
        assert world.state.steps["sub"].status.needs_person
    world.at += 10
    return world


@pytest.mark.parametrize("sweeps", [False, True])
@pytest.mark.parametrize(
    ("goes_back", "status", "becomes"),
    [
        (False, "completed", StepStatus.PARKED),
        (False, "rolled_back", StepStatus.PARKED),
        (True, "rolled_back", StepStatus.COMPENSATED),
    ],
)
def test_a_late_end_of_a_child_counts_alike_whoever_looks_in_between(goes_back, status, becomes, sweeps):
    world = family(goes_back=goes_back, sweeps=sweeps)
    assert external.expects_child(world.saga, world.state, "sub", status) is (status == "rolled_back" or not sweeps)
    world.report(reports.ChildEnded(step="sub", child="7", status=status))
    assert world.state.steps["sub"].status is becomes
    left = {(False, "completed"): 1, (False, "rolled_back"): 0, (True, "rolled_back"): 0}[goes_back, status]
    assert world.state.steps["sub"].unknown == left, "a child that went back whole leaves nothing"


def test_a_child_that_is_still_completed_is_no_late_answer_to_an_undo_that_was_given_up():
    world = family(goes_back=True, sweeps=True)
    assert not external.expects_child(world.saga, world.state, "sub", "completed")
    world.report(reports.ChildEnded(step="sub", child="7", status="completed"))
    assert world.state.steps["sub"].status is StepStatus.STUCK


@pytest.mark.parametrize(
    ("stayed", "becomes"), [(None, (StepStatus.FAILED, 0)), (StepStatus.IRREVERSIBLE, (StepStatus.UNDO_DUE, 1))]
)
def test_a_child_that_went_back_and_left_something_counts_as_one_attempt_that_did(stayed, becomes):
    world = family(goes_back=False, sweeps=False)
    world.at -= 20
    world.report(reports.ChildEnded(step="sub", child="7", status="rolled_back", stayed=stayed, summary="1 left"))
    assert (world.state.steps["sub"].status, world.state.steps["sub"].unknown) == becomes


@pytest.mark.parametrize(
    ("stayed", "becomes"), [(None, StepStatus.PENDING), (StepStatus.IRREVERSIBLE, StepStatus.IRREVERSIBLE)]
)
def test_what_a_child_left_before_another_attempt_is_what_a_rollback_finds(stayed, becomes):
    step = Step("sub", SubSaga("kid"), undo=nothing("a look"), timeout=50, retry=RetryPolicy(attempts=2, delay=100.0))
    world = World(Saga("family", orchestrated("main", step)))
    flight = world.claim("sub", DO)
    world.report(reports.StepAccepted(step="sub", direction=DO, attempt=flight.attempt, token=flight.token))
    world.at += 55
    world.report(reports.TimePassed())
    due = world.state.steps["sub"]
    assert (due.status, due.unknown) == (StepStatus.DUE, 1)
    assert not external.expects_child(world.saga, world.state, "sub", "completed"), "the next attempt finds it"
    ended = reports.ChildEnded(step="sub", child="7", status="rolled_back", stayed=stayed)
    world.report(ended)
    now = world.state.steps["sub"]
    assert (now.status, now.due_at, now.attempt, now.unknown) == (
        due.status,
        due.due_at,
        due.attempt,
        int(bool(stayed)),
    )
    assert not external.expects_child(world.saga, world.state, "sub", "rolled_back"), "the end is taken once"
    world.report(reports.RollbackRequested(by="ann", reason="wrong"))
    assert world.state.status is RunStatus.ROLLED_BACK
    assert world.state.steps["sub"].status is becomes


@pytest.mark.parametrize(
    ("unknown", "kind", "expected"),
    [
        (1, ErrorKind.TECHNICAL, True),
        (2, ErrorKind.TECHNICAL, True),
        (0, ErrorKind.PROGRAMMING, False),
        (1, ErrorKind.BUSINESS, False),
    ],
)
def test_a_parked_step_hears_the_end_of_a_child_only_while_an_attempt_may_have_started_one(unknown, kind, expected):
    saga = Saga("mum", orchestrated("main", Step("sub", SubSaga("kid"))))
    parked = {"status": StepStatus.PARKED, "unknown": unknown, "error": StepError(kind, "no")}
    state = RunState.of(saga).with_step("sub", **parked)
    assert external.expects_child(saga, state, "sub", "rolled_back") is expected


@pytest.mark.parametrize(
    ("retry", "fact"),
    [(ONCE, facts.StepParked), (RetryPolicy(attempts=2, delay=500.0), facts.ChildWentBack)],
    ids=["parked", "due for another attempt"],
)
def test_the_end_of_the_child_of_an_open_pivot_causes_the_rollback_that_waited_for_it_to_go_on(retry, fact):
    pay, sub = Step("pay", "s.pay", undo="s.unpay"), Step("sub", SubSaga("kid"), pivot=True, timeout=50, retry=retry)
    world = World(Saga("mum", orchestrated("main", pay, sub), deadline=100))
    world.finish(world.claim("pay", DO))
    world.finish(world.claim("sub", DO))
    world.pass_time(51)
    world.pass_time(51)
    assert world.state.rollback is not None
    assert world.state.steps["pay"].status is StepStatus.DONE, "the rollback waits for the pivot"
    before = world.state.seq
    world.report(reports.ChildEnded(step="sub", child="7", status="rolled_back"))
    end, *others = [entry for entry in world.entries if entry.seq > before]
    assert isinstance(end.fact, fact)
    assert world.state.steps["pay"].status is StepStatus.UNDO_DUE
    assert {entry.cause for entry in others} == {end.seq}


@pytest.mark.parametrize(
    ("goes_back", "sweeps", "why"),
    [
        (False, False, "the run that it started keeps the input that it got; edit the input of a step of that run"),
        (True, False, "its compensation rolls the run of the sub-saga back and takes no input; retry it"),
        (True, True, "its compensation rolls the run of the sub-saga back and takes no input; retry it"),
    ],
)
def test_a_child_that_runs_or_goes_back_gets_no_edited_input_and_the_answer_says_so(goes_back, sweeps, why):
    world = family(goes_back=goes_back, sweeps=sweeps)
    world.at -= 10 if sweeps else 30
    before = world.state
    assert (answer := allowed(world.saga, before, world.at, "sub")["retry_with_input"]).startswith(why)
    with pytest.raises(Refused) as refused:
        world.report(reports.RetryRequested(step="sub", **EDIT))
    assert str(refused.value) == f"Cannot edit the input of step 'sub': {answer}"
    assert world.state == before


WAITS = [
    (Step("w", WaitForEvent("Go"), timeout=9), "it waits for the event Go and takes no input; retry or skip it."),
    (Step("w", Approval("team"), timeout=9), "it waits for a decision by team and takes no input; retry or skip it."),
]


@pytest.mark.parametrize(("step", "why"), WAITS, ids=["event", "approval"])
def test_a_wait_that_was_missed_gets_no_edited_input(step, why):
    world = World(Saga("waits", orchestrated("main", step)))
    world.at += 10
    world.report(reports.TimePassed())
    assert world.state.steps["w"].status is StepStatus.PARKED
    assert allowed(world.saga, world.state, world.at, "w")["retry_with_input"] == why
    with pytest.raises(Refused, match="takes no input"):
        world.report(reports.RetryRequested(step="w", **EDIT))


def test_an_undo_that_waits_for_an_event_gets_no_edited_input():
    undo = Compensation(does=WaitForEvent("Back"))
    world = World(Saga("waits", orchestrated("main", Step("w", "s.w", undo=undo), Step("pay", "s.pay"))))
    world.finish(world.claim("w", DO))
    world.report(reports.RollbackRequested(by="ann", reason="wrong"))
    why = "its compensation waits for the event Back and takes no input; retry or skip it."
    assert allowed(world.saga, world.state, world.at, "w")["retry_with_input"] == why


@pytest.mark.parametrize("status", ["rolled_back", "stuck"])
def test_a_run_that_its_parent_rolled_back_is_not_resumed(status):
    bad = Step("pay", "s.pay", undo="s.refund", undo_retry=ONCE)
    script = {("pay", UNDO): (InjectedFault.BUSINESS_ERROR,)} if status == "stuck" else {}
    world = World(Saga("kid", orchestrated("main", bad)), script)
    world.settle()
    world.report(reports.RollbackRequested(by="run 7", reason="the parent run rolls back", parent=True))
    world.settle()
    assert world.state.status == status
    answer = allowed(world.saga, world.state, world.at, "pay")
    assert answer["resume"].startswith("run 7 rolled it back and takes no other end of it; resume that run")
    assert (answer["mark_done"] is None) == (answer["skip"] is None) == (status == "stuck")
    with pytest.raises(Refused, match="Cannot resume from step 'pay': run 7 rolled it back"):
        world.report(facts.ResumeRequested(step="pay", by="ann", reason="again"))


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
