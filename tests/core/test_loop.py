"""A run in virtual time: step by step, by a script, and with all effects accounted for."""

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from sagaflow import (
    Approval,
    OnExhausted,
    OnUndoFailure,
    Recovery,
    Refused,
    RetryPolicy,
    Saga,
    Step,
    SubSaga,
    Timer,
    WaitForEvent,
    choreographed,
    irreversible,
    nothing,
    orchestrated,
    where,
)
from sagaflow.core.run.evolve import fold
from sagaflow.core.run.facts import SignalIgnored
from sagaflow.core.run.reports import (
    ApprovalDecided,
    ChildEnded,
    EventReceived,
    RetryRequested,
    RollbackRequested,
    StepAccepted,
    StepSucceeded,
)
from sagaflow.core.run.state import Direction, RunState, RunStatus, StepState, StepStatus
from sagaflow.core.simulation.effects import Ledger, inconsistencies
from sagaflow.core.simulation.injected_faults import InjectedFault
from sagaflow.core.simulation.loop import Simulator
from sagaflow.core.simulation.participants import LEASE
from sagaflow.core.simulation.virtual_run import START
from tests.core.strategies import saga_and_script
from tests.core.thoroughness import examples

DO, UNDO = Direction.DO, Direction.UNDO
PAY = Step("pay", "payment.take", undo="payment.refund", retry=RetryPolicy(attempts=3, delay=10, jitter=0))
SHIP = Step("ship", "goods.ship")
SAGA = Saga("order", orchestrated("main", PAY, SHIP))


def run(saga=SAGA, **script):
    """The simulator after the run; ``pay=(…)`` scripts doing a step, ``pay_undo=(…)`` undoing it."""
    keys = {name: (name.removesuffix("_undo"), UNDO if name.endswith("_undo") else DO) for name in script}
    sim = Simulator(saga, script={keys[name]: faults for name, faults in script.items()})
    sim.run()
    return sim


def test_nothing_goes_wrong_unless_the_script_says_so():
    sim = run()
    assert sim.state.status is RunStatus.COMPLETED
    assert sim.ledger.log == [(DO, "pay", 0), (DO, "ship", 0)]
    assert sim.at == START


def test_the_journal_is_that_of_a_real_run():
    sim = run(ship=(InjectedFault.BUSINESS_ERROR,))
    assert [entry.seq for entry in sim.journal] == list(range(1, len(sim.journal) + 1))
    assert fold(SAGA, sim.journal) == sim.state


def test_retries_take_the_time_that_the_policy_says():
    sim = run(pay=(InjectedFault.TECHNICAL_ERROR, InjectedFault.TECHNICAL_ERROR))
    assert (sim.state.status, sim.at - START) == (RunStatus.COMPLETED, 30)


FAULTS = [
    (InjectedFault.NONE, RunStatus.COMPLETED, 1, True),
    (InjectedFault.BUSINESS_ERROR, RunStatus.ROLLED_BACK, 1, False),
    (InjectedFault.TECHNICAL_ERROR, RunStatus.PARKED, 3, False),
    (InjectedFault.FAILED_LATE, RunStatus.PARKED, 3, True),
    (InjectedFault.TIME_OUT, RunStatus.PARKED, 3, False),
    (InjectedFault.LATE_REPLY, RunStatus.PARKED, 3, True),
    (InjectedFault.DUPLICATE, RunStatus.COMPLETED, 1, True),
    (InjectedFault.CRASH_BEFORE, RunStatus.PARKED, 3, False),
    (InjectedFault.CRASH_AFTER, RunStatus.PARKED, 3, True),
]


@pytest.mark.parametrize("timeout", [None, 20.0])
@pytest.mark.parametrize(("fault", "status", "attempts", "effect"), FAULTS)
def test_each_fault_three_times(fault, status, attempts, effect, timeout):
    saga = Saga("order", orchestrated("main", Step("pay", "a.b", retry=PAY.retry, timeout=timeout)))
    sim = run(saga, pay=(fault,) * 3)
    assert (sim.state.status, sim.state.steps["pay"].attempts) == (status, attempts)
    assert ("pay" in sim.ledger.standing) is effect


@pytest.mark.parametrize(("fault", "why"), [(InjectedFault.DUPLICATE, "duplicate"), (InjectedFault.LATE_REPLY, "late")])
def test_a_reply_too_many_is_journalled_as_ignored(fault, why):
    sim = run(pay=(fault,))
    ignored = [entry.fact.why for entry in sim.journal if isinstance(entry.fact, SignalIgnored)]
    assert ignored in ([why], ["stale"])
    assert sum(isinstance(entry.fact, StepSucceeded) and entry.fact.step == "pay" for entry in sim.journal) == 1
    assert sim.state.status is RunStatus.COMPLETED


def test_a_scripted_step_goes_wrong_as_late_as_it_can():
    saga = Saga("order", orchestrated("main", Step("bad", "a.b"), Step("good", "a.c", after=(), undo="a.d")))
    assert run(saga, bad=(InjectedFault.BUSINESS_ERROR,)).ledger.log == [(DO, "good", 0), (UNDO, "good", 0)]


def test_the_world_outside_answers_what_a_step_waits_for():
    steps = (
        Step("event", WaitForEvent("Paid")),
        Step("ask", Approval("bosses")),
        Step("sleep", Timer(90.0)),
        Step("child", SubSaga("child")),
        Step("counted", "stock.book", on=("ChildCompleted", "StockCounted")),
    )
    sim = run(Saga("order", choreographed("main", *steps)))
    assert sim.state.status is RunStatus.COMPLETED
    assert sim.at - START == 90


REFUSALS = [
    Step("x", WaitForEvent("Paid"), fails_as={"no": "Refused"}),
    Step("x", Approval("bosses")),
    Step("x", SubSaga("child")),
    Step("x", "a.b"),
]


@pytest.mark.parametrize("step", REFUSALS, ids=["event", "approval", "sub-saga", "call"])
def test_each_kind_of_work_can_be_refused(step):
    sim = run(Saga("order", orchestrated("main", PAY, step)), x=(InjectedFault.BUSINESS_ERROR,))
    assert sim.state.status is RunStatus.ROLLED_BACK
    assert sim.ledger.standing == ()


@pytest.mark.parametrize("work", [WaitForEvent("Paid"), SubSaga("child")], ids=["event", "sub-saga"])
@pytest.mark.parametrize("fault", [InjectedFault.DUPLICATE, InjectedFault.LATE_REPLY])
def test_an_answer_from_outside_may_be_doubled_or_late(work, fault):
    step = Step("x", work, timeout=30.0, retry=RetryPolicy(attempts=2))
    sim = run(Saga("order", orchestrated("main", step)), x=(fault,))
    assert sim.state.status is RunStatus.COMPLETED


def test_a_run_can_be_stopped_and_operated():
    sim = Simulator(SAGA, script={("ship", DO): (InjectedFault.TECHNICAL_ERROR,) * 5})
    sim.run(until=lambda state: state.steps["pay"].status is StepStatus.DONE)
    assert sim.state.steps["ship"].status is StepStatus.DUE
    sim.run()
    assert sim.state.status is RunStatus.PARKED
    sim.report(RetryRequested(step="ship", by="someone", reason="it is mended"))
    assert sim.run().status is RunStatus.COMPLETED
    with pytest.raises(Refused):
        sim.report(RollbackRequested(by="someone", reason="too late"))


def test_a_save_point_gives_each_round_an_effect_of_its_own():
    pack = Step("pack", "goods.pack", undo="goods.unpack")
    saga = Saga(
        "order",
        (
            orchestrated("one", PAY),
            orchestrated("two", pack, SHIP, savepoint=True, recovery=Recovery.FORWARD),
        ),
    )
    sim = run(saga, ship=(InjectedFault.BUSINESS_ERROR,))
    assert sim.state.status is RunStatus.COMPLETED
    assert sim.ledger.log == [
        (DO, "pay", 0),
        (DO, "pack", 0),
        (UNDO, "pack", 0),
        (DO, "pack", 1),
        (DO, "ship", 1),
    ]


def test_the_world_outside_sends_its_event_again_in_each_round():
    count = Step("count", "stock.count", on=("StockArrived",), undo="stock.forget")
    second = choreographed("two", count, SHIP, savepoint=True, recovery=Recovery.FORWARD)
    sim = run(Saga("order", (orchestrated("one", PAY), second)), ship=(InjectedFault.BUSINESS_ERROR,))
    assert sim.state.status is RunStatus.COMPLETED
    assert [step for step in sim.ledger.log if step[1] == "count"] == [
        (DO, "count", 0),
        (UNDO, "count", 0),
        (DO, "count", 1),
    ]


def test_the_world_outside_is_silent_for_a_step_that_is_not_ready_or_will_not_start():
    steps = (Step("ask", Approval("bosses")), Step("count", "stock.count", on=("StockArrived",)))
    sim = Simulator(Saga("order", (orchestrated("one", PAY), choreographed("two", *steps))))
    assert [name for name, *_ in sim.possible_events()] == ["pay"]  # the second segment is not ready
    sim.run(until=lambda state: state.steps["pay"].status is StepStatus.DONE)
    assert [name for name, *_ in sim.possible_events()] == ["ask", "count"]
    beside = Step("count", "stock.count", on=("StockArrived",))
    sim = Simulator(Saga("order", choreographed("main", PAY, beside)))
    sim.run(until=lambda state: state.steps["pay"].status is StepStatus.DONE)
    assert [(name, direction) for name, direction, _ in sim.possible_events()] == [("count", DO)]
    sim.report(RollbackRequested(by="someone", reason="changed their mind"))
    assert [(name, direction) for name, direction, _ in sim.possible_events()] == [("pay", UNDO)]


def reported(sim, kind):
    return [report for _, report in sim.reports if isinstance(report, kind)]


def test_where_a_rule_bars_a_person_each_approval_has_a_person_of_its_own():
    one = Step("one", Approval("bosses"))
    assert [each.by for each in reported(run(Saga("order", orchestrated("main", one))), ApprovalDecided)] == [
        "simulator"
    ]
    two = Step("two", Approval("bosses", not_by=("one",)))
    sim = run(Saga("order", orchestrated("main", one, two)))
    assert sim.state.status is RunStatus.COMPLETED
    assert [each.by for each in reported(sim, ApprovalDecided)] == ["simulator of one", "simulator of two"]


@pytest.mark.parametrize(
    ("fault", "timeout", "accepted"),
    [(InjectedFault.NONE, 20.0, 0), (InjectedFault.TIME_OUT, 20.0, 1), (InjectedFault.TIME_OUT, None, 0)],
)
def test_only_an_answer_that_is_waited_for_until_a_time_limit_was_accepted_before(fault, timeout, accepted):
    sim = run(Saga("order", orchestrated("main", Step("pay", "a.b", timeout=timeout, retry=PAY.retry))), pay=(fault,))
    assert len(reported(sim, StepAccepted)) == accepted


@pytest.mark.parametrize(("timeout", "limit"), [(20.0, 20.0), (None, LEASE)], ids=["time limit", "lease"])
def test_a_late_reply_comes_half_a_second_after_the_limit(timeout, limit):
    sim = run(Saga("order", orchestrated("main", Step("pay", "a.b", timeout=timeout))), pay=(InjectedFault.LATE_REPLY,))
    [first, *_] = [at for at, report in sim.reports if isinstance(report, StepSucceeded)]
    assert first - START == limit + 0.5


@pytest.mark.parametrize(
    ("fault", "output"), [(InjectedFault.NONE, {"id": "x.id"}), (InjectedFault.BUSINESS_ERROR, None)]
)
def test_a_child_that_completes_has_the_outputs_of_its_step_and_one_that_does_not_has_none(fault, output):
    sim = run(Saga("order", orchestrated("main", Step("x", SubSaga("child"), outputs=("id",)))), x=(fault,))
    assert [each.output for each in reported(sim, ChildEnded)][:1] == [output]


def test_a_wait_that_is_refused_gets_the_first_of_its_refusals():
    step = Step("x", WaitForEvent("Paid"), fails_as={"no": "Refused", "late": "Expired"})
    sim = run(Saga("order", orchestrated("main", step)), x=(InjectedFault.BUSINESS_ERROR,))
    assert [each.event for each in reported(sim, EventReceived)] == ["Refused"]


def test_reports_that_arrive_at_one_time_are_read_in_their_order():
    sim = Simulator(SAGA)
    for number in range(3):
        sim.report_later(START, EventReceived(event="Knock", source=f"door {number}"))
    sim.run()
    assert [report.source for report in reported(sim, EventReceived)] == ["door 0", "door 1", "door 2"]


def test_time_that_changes_nothing_says_so():
    sim = Simulator(SAGA)
    assert not sim.time_passes(to=START)
    assert sim.time_passes(to=START + 1)


SAVED = orchestrated("two", SHIP, savepoint=True, recovery=Recovery.FORWARD, forward_attempts=2)


@pytest.mark.parametrize(
    ("saga", "limit"),
    [
        (
            SAGA,
            50
            + 8 * (PAY.retry.attempts + PAY.undo_retry.attempts + SHIP.retry.attempts + SHIP.undo_retry.attempts + 4),
        ),
        (Saga("order", SAVED), 50 + 8 * (SHIP.retry.attempts + SHIP.undo_retry.attempts + 2) * 3),
    ],
    ids=["attempts", "rounds"],
)
def test_a_run_that_does_not_stop_is_given_up_after_more_events_than_its_attempts_and_rounds_can_have(saga, limit):
    class Endless(Simulator):
        def advance(self):
            self.at += 1
            return True

    sim = Endless(saga)
    with pytest.raises(RuntimeError, match=f"does not stop after {limit} events"):
        sim.run()
    assert sim.at == START + limit


CHECKED = Saga(
    "order",
    orchestrated(
        "main",
        Step("pay", "payment.take", fails_when={"declined": where("/output/id", "absent")}),
        Step("ship", "goods.ship", fails_when={"sold_out": where("/output/left", "absent")}),
    ),
)


@pytest.mark.parametrize(
    ("outputs", "done"),
    [({}, ["pay", "ship"]), ({"pay": {"id": 1}}, ["pay", "ship"]), ({"pay": {}}, []), ({"ship": {}}, ["pay"])],
    ids=["both invented", "one real", "one real refusal", "the other real refusal"],
)
def test_only_an_output_that_is_not_invented_can_be_a_refusal(outputs, done):
    sim = Simulator(CHECKED, outputs=outputs)
    sim.run()
    assert [name for _, name, _ in sim.ledger.log] == done


def test_a_doubtful_effect_is_undone():
    pay = Step("pay", "a.b", undo="a.c", retry=RetryPolicy(attempts=1), on_exhausted=OnExhausted.ROLL_BACK)
    sim = run(Saga("order", orchestrated("main", pay)), pay=(InjectedFault.CRASH_AFTER,))
    assert (sim.state.status, sim.ledger.standing) == (RunStatus.ROLLED_BACK, ())


@given(
    saga_and_script(kinds=("call", "event", "timer", "approval", "saga"), with_timeouts=True),
    st.sampled_from((None, {"flag": True, "total": 1})),
)
@examples(200)
def test_every_script_comes_to_rest_with_the_books_balanced(pair, inputs):
    saga, script = pair
    note(f"script {script}")
    sim = Simulator(saga, script=script, inputs=inputs)
    sim.run()
    assert inconsistencies(saga, sim.state, sim.ledger) == ()
    assert fold(saga, sim.journal) == sim.state


def test_a_ledger_takes_each_effect_once_and_bars_what_was_undone():
    ledger = Ledger()
    assert ledger.commit("a", 0, UNDO)
    assert not ledger.commit("a", 0, DO)
    assert ledger.commit("b", 0, DO)
    assert not ledger.commit("b", 0, DO)
    assert ledger.standing == ("b",)
    assert ledger.commit("b", 0, UNDO)
    assert ledger.standing == ()
    assert ledger.log == [(DO, "b", 0), (UNDO, "b", 0)]


FORGED = [
    (RunStatus.ROLLED_BACK, StepStatus.DONE, {("pay", 0)}, set(), "stands though the step is done"),
    (RunStatus.ROLLED_BACK, StepStatus.COMPENSATED, {("pay", 0)}, set(), "stands though the step is compensated"),
    (RunStatus.RUNNING, StepStatus.FAILED, {("pay", 0)}, set(), "stands though the step is failed"),
    (RunStatus.COMPLETED, StepStatus.DONE, {("pay", 0)}, {("pay", 0)}, "done though its effect was undone"),
    (RunStatus.ROLLED_BACK, StepStatus.PENDING, {("pay", 0)}, set(), "left its effect behind"),
    (RunStatus.COMPLETED, StepStatus.DONE, set(), set(), "done without its effect"),
]


LEFT = [
    (Step("pay", "a.b"), False, False),
    (Step("pay", "a.b", undo=irreversible("sent")), False, False),
    (Step("pay", "a.b", undo=nothing("read only")), False, False),
    (Step("pay", "a.b", undo="a.c", on_undo_failure=OnUndoFailure.CONTINUE), False, False),
    (Step("pay", "a.b", undo="a.c"), False, True),
    (Step("pay", "a.b", undo="a.c"), True, False),
]


@pytest.mark.parametrize(("pay", "is_undone", "is_noticed"), LEFT)
def test_an_earlier_round_leaves_behind_only_what_cannot_be_undone(pay, is_undone, is_noticed):
    saga = Saga("order", orchestrated("main", pay))
    state = RunState(status=RunStatus.RUNNING, steps={"pay": StepState(status=StepStatus.DUE, round=1)})
    ledger = Ledger(done={("pay", 0)}, undone={("pay", 0)} if is_undone else set())
    assert bool(inconsistencies(saga, state, ledger)) is is_noticed


@pytest.mark.parametrize(("status", "step", "done", "undone", "says"), FORGED)
def test_books_that_do_not_balance_are_noticed(status, step, done, undone, says):
    state = RunState(status=status, steps={"pay": StepState(status=step), "ship": StepState()})
    ledger = Ledger(done=done, undone=undone)
    assert any(says in sentence for sentence in inconsistencies(SAGA, state, ledger))
