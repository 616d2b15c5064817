"""The table of all faults is complete, each of its runs ends, and every effect is accounted for."""

import re

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from sagaflow import (
    Approval,
    Compensation,
    OnExhausted,
    OnUndoFailure,
    RetryPolicy,
    RollBackChild,
    Saga,
    Step,
    SubSaga,
    Timer,
    WaitForEvent,
    choreographed,
    irreversible,
    nothing,
    orchestrated,
    retry_whole_run,
    semantic,
    where,
)
from sagaflow.core.lint import Move, apply, lint
from sagaflow.core.run.reports import StepSucceeded
from sagaflow.core.run.state import RunStatus
from sagaflow.core.simulation.simulate import HEADER, Case, about_children, simulate, table
from tests.core.strategies import sagas
from tests.core.thoroughness import examples

STEPS = (
    Step("place_order", "order.place", undo="order.cancel"),
    Step("reserve_stock", "warehouse.reserve", undo="warehouse.release"),
    Step("take_payment", "payment.take", undo="payment.refund"),
    Step("award_points", "loyalty.award", undo="loyalty.revoke", after="take_payment"),
    Step("notify_customer", "mail.notify", undo=semantic("mail.sorry", "it was read"), after="take_payment"),
    Step("package_order", "warehouse.package", after="take_payment", pivot=True),
    Step("dispatch_order", "warehouse.dispatch"),
)
ORDER = Saga("order", orchestrated("main", *STEPS))
BY_EVENTS = Saga("order", choreographed("main", *STEPS))
UNDONE = ("notify_customer", "award_points", "take_payment", "reserve_stock", "place_order")


def outcome(saga, step, case, inputs=None):
    return next(each for each in simulate(saga, inputs) if (each.step, each.case) == (step, case))


@pytest.mark.parametrize("saga", [ORDER, BY_EVENTS])
def test_an_item_not_on_the_shelf_undoes_everything_in_reverse(saga):
    found = outcome(saga, "package_order", Case.BUSINESS_ERROR)
    assert found.status is RunStatus.ROLLED_BACK
    assert set(found.compensated) == set(UNDONE)
    assert found.compensated[2:] == UNDONE[2:]
    assert found.semantic == ("notify_customer",)
    assert found.standing == ()


@pytest.mark.parametrize("saga", [ORDER, BY_EVENTS])
def test_the_reordered_saga_saves_one_compensation(saga):
    moves = [finding.proposal for finding in lint(saga) if isinstance(finding.proposal, Move)]
    better = apply(saga, next(move for move in moves if move.step == "award_points"))
    before, after = (outcome(each, "package_order", Case.BUSINESS_ERROR).compensated for each in (saga, better))
    assert len(after) == len(before) - 1
    assert set(before) - set(after) == {"award_points"}


ROWS = [
    ("place_order", Case.BUSINESS_ERROR, RunStatus.ROLLED_BACK, 1),
    ("take_payment", Case.TECHNICAL_ERROR, RunStatus.PARKED, 5),
    ("take_payment", Case.TIME_OUT, RunStatus.COMPLETED, 2),
    ("take_payment", Case.DUPLICATE, RunStatus.COMPLETED, 1),
    ("take_payment", Case.CRASH_BEFORE, RunStatus.COMPLETED, 2),
    ("take_payment", Case.CRASH_AFTER, RunStatus.COMPLETED, 2),
    ("take_payment", Case.UNDO_FAILS, RunStatus.STUCK, 1),
    ("package_order", Case.TECHNICAL_ERROR, RunStatus.PARKED, 5),
    ("dispatch_order", Case.BUSINESS_ERROR, RunStatus.PARKED, 1),
    ("dispatch_order", Case.TECHNICAL_ERROR, RunStatus.PARKED, 5),
]


@pytest.mark.parametrize(("step", "case", "status", "attempts"), ROWS)
def test_each_fault_ends_as_it_should(step, case, status, attempts):
    found = outcome(ORDER, step, case)
    assert (found.status, found.attempts, found.reached) == (status, attempts, True)
    assert bool(found.for_a_person) == status.needs_person
    if status.needs_person:
        assert step in found.for_a_person[0]


def test_a_crash_after_the_commit_takes_effect_once():
    assert outcome(ORDER, "take_payment", Case.CRASH_AFTER).standing.count("take_payment") == 1


def test_a_step_that_rolls_back_when_exhausted_is_undone_as_in_doubt():
    once = RetryPolicy(attempts=1)
    saga = Saga("s", orchestrated("m", Step("a", "s.a", undo="s.b", retry=once, on_exhausted=OnExhausted.ROLL_BACK)))
    found = outcome(saga, "a", Case.CRASH_AFTER)
    assert (found.status, found.compensated, found.standing) == (RunStatus.ROLLED_BACK, ("a",), ())


def test_what_never_took_effect_is_not_told_as_undone():
    saga = Saga("s", orchestrated("m", Step("a", "s.a", undo="s.b", on_exhausted=OnExhausted.ROLL_BACK)))
    found = outcome(saga, "a", Case.TECHNICAL_ERROR)
    assert (found.status, found.compensated, found.standing) == (RunStatus.ROLLED_BACK, (), ())


def test_a_compensation_that_may_be_given_up_is_said_to_be():
    undo_retry = RetryPolicy(attempts=2)
    first = Step("a", "s.a", undo="s.b", undo_retry=undo_retry, on_undo_failure=OnUndoFailure.CONTINUE)
    found = outcome(Saga("s", orchestrated("m", first, Step("c", "s.c"))), "a", Case.UNDO_FAILS)
    assert (found.status, found.given_up, found.standing) == (RunStatus.ROLLED_BACK, ("a",), ("a",))


def test_what_nothing_undoes_is_said_to_stay():
    steps = (Step("a", "s.a", undo=irreversible("gone")), Step("n", "s.n", undo=nothing("a check")), Step("b", "s.b"))
    found = outcome(Saga("s", orchestrated("m", *steps)), "b", Case.BUSINESS_ERROR)
    assert (found.status, found.irreversible, found.compensated) == (RunStatus.ROLLED_BACK, ("a",), ())


def test_a_run_that_is_tried_again_says_so():
    saga = Saga("s", orchestrated("m", Step("a", "s.a")), after_rollback=retry_whole_run(times=1, delay=5))
    assert outcome(saga, "a", Case.BUSINESS_ERROR).runs_again
    assert not outcome(saga, "a", Case.TECHNICAL_ERROR).runs_again


def test_a_step_that_the_input_skips_is_not_reached():
    saga = Saga("s", orchestrated("m", Step("a", "s.a", condition=where("/input/express", "eq", True))))
    assert not outcome(saga, "a", Case.BUSINESS_ERROR).reached
    assert outcome(saga, "a", Case.BUSINESS_ERROR, {"express": True}).reached
    assert table(simulate(saga))[0][2] == "not reached"


def test_conditions_see_the_outputs_that_are_given():
    steps = (Step("a", "s.a"), Step("b", "s.b", condition=where("/steps/a/ok", "eq", True)))
    outcomes = simulate(Saga("s", orchestrated("m", *steps)), outputs={"a": {"ok": True}})
    assert all(each.reached for each in outcomes)


KINDS = {
    "call": (
        Step("x", "s.x", undo="s.y"),
        [*Case],
    ),
    "call that nothing undoes": (Step("x", "s.x"), [*Case][:-1]),
    "event": (Step("x", WaitForEvent("Paid"), timeout=5.0), [Case.TIME_OUT, Case.DUPLICATE]),
    "event that may be a refusal": (
        Step("x", WaitForEvent("Paid"), fails_as={"no": "Refused"}),
        [Case.BUSINESS_ERROR, Case.TIME_OUT, Case.DUPLICATE],
    ),
    "approval": (Step("x", Approval("bosses")), [Case.BUSINESS_ERROR, Case.TIME_OUT]),
    "timer": (Step("x", Timer(5.0)), []),
    "sub-saga": (
        Step("x", SubSaga("child"), undo=Compensation(does=RollBackChild())),
        [*Case],
    ),
}


@pytest.mark.parametrize(("step", "cases"), KINDS.values(), ids=KINDS)
def test_each_kind_of_work_has_the_faults_that_it_can_have(step, cases):
    saga = Saga("s", orchestrated("m", step, Step("last", "s.last")))
    assert [each.case for each in simulate(saga) if each.step == "x"] == cases


def test_an_event_that_never_comes_is_left_for_a_person():
    patient = Saga("s", orchestrated("m", Step("x", WaitForEvent("Paid"))))
    assert outcome(patient, "x", Case.TIME_OUT).for_a_person == ("x waits for event 'Paid'",)
    hurried = Saga("s", orchestrated("m", Step("x", WaitForEvent("Paid"), timeout=60.0)))
    assert outcome(hurried, "x", Case.TIME_OUT).for_a_person == ("x is parked (timed-out)",)


def test_the_table_is_text_under_its_header():
    rows = table(simulate(ORDER))
    assert len(rows) == 6 * len(STEPS) + 5 + 2  # award_points and notify_customer, refused, have two ends each
    assert {len(row) for row in rows} == {len(HEADER)}
    assert ["take_payment", "crash after commit", "completed", "", "", "", "", "", "2", "1 min 1 s"] in rows
    stuck = next(row for row in rows if row[:2] == ["place_order", "compensation fails"])
    assert stuck[7] == "place_order is stuck (unavailable)"
    assert re.fullmatch(r"\d+ h( \d+ min)?", stuck[9])


@given(
    sagas(max_steps=5, kinds=("call", "event", "timer", "approval", "saga"), with_timeouts=True),
    st.sampled_from((None, {"flag": True, "total": 1})),
)
@examples(60)
def test_every_simulation_ends_and_every_effect_is_accounted_for(saga, inputs):
    for each in simulate(saga, inputs):
        note(str(each))
        assert each.inconsistent == ()
        waits = each.for_a_person or any(saga.graph.awaits.values())
        assert each.status.ended or waits
        if each.status is RunStatus.COMPLETED:
            assert not each.for_a_person


@given(sagas(max_steps=5))
@examples(30)
def test_a_simulation_is_deterministic(saga):
    assert simulate(saga) == simulate(saga)


def test_a_duplicate_is_a_second_report_of_success():
    [found] = simulate(ORDER, steps=["take_payment"], only=[Case.DUPLICATE])
    reports = [report for _, report in found.witness if isinstance(report, StepSucceeded)]
    assert [report.step for report in reports].count("take_payment") == 2


def test_a_case_that_cannot_happen_has_one_end_although_steps_in_parallel_have_several():
    refuses = Step("a", "s.a", fails_when={"refused": where("/output/refused", "eq", True)})
    saga = Saga(
        "s",
        orchestrated(
            "m",
            refuses,
            Step("b", "s.b", condition=where("/input/b", "eq", True), after=()),
            Step("c", "s.c", undo="s.back", after=()),
        ),
    )
    outputs = {"a": {"refused": True}}
    assert len(simulate(saga, outputs=outputs, steps=["a"], only=[Case.DUPLICATE])) > 1
    [found] = simulate(saga, outputs=outputs, steps=["b"], only=[Case.BUSINESS_ERROR])
    assert not found.reached


def test_what_is_not_known_of_sub_sagas_is_said_once_for_each():
    plain = Saga("plain", orchestrated("main", Step("a", "s.a")))
    steps = (Step("x", SubSaga("child")), Step("y", SubSaga("other"), after=()), Step("z", SubSaga("child"), after=()))
    assert about_children(plain) == ""
    assert "simulate 'child', 'other' too" in about_children(Saga("parent", orchestrated("main", *steps)))
