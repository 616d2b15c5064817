"""Fingerprints of failures leave out what differs from run to run, and keep what distinguishes problems."""

from dataclasses import replace

import pytest

from sagaflow.core.run.failure import LONGEST, Failure, cause_of, failure_of, normalised, read_failure, severity
from sagaflow.core.run.state import (
    Direction,
    ErrorKind,
    Rollback,
    RollbackCode,
    RunState,
    RunStatus,
    StepError,
    StepStatus,
)
from tests.flowchart.sagas import order_fulfilment

pytestmark = pytest.mark.quick

UNDO = Direction.UNDO


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("no answer after 12.5 s", "no answer after 7 s"),
        ("order 0f8fad5b-d9cb-469f-a165-70867728950e is gone", "order 7c9e6679-7425-40de-944b-e07fc1f90ae7 is gone"),
        ("'red sofa' is not on the shelf", "'lamp' is not on the shelf"),
        ("ada@example.org is a customer already", "bob@example.net is a customer already"),
        ("C-9 owes 3.20", "C-117 owes 12"),
        ("line one\n  line two", "line one line two"),
    ],
)
def test_messages_that_differ_in_numbers_names_and_quotations_are_one(one, other):
    assert normalised(one) == normalised(other)


@pytest.mark.parametrize(("one", "other"), [("card refused", "card expired"), ("no stock", "no answer")])
def test_messages_that_say_something_else_stay_apart(one, other):
    assert normalised(one) != normalised(other)


def state(**steps):
    found = RunState.of(order_fulfilment())
    for name, changes in steps.items():
        found = found.with_step(name, **changes)
    return found


def error(code, message=""):
    return StepError(ErrorKind.TECHNICAL, code, message)


def test_the_worst_trouble_names_the_failure():
    found = state(
        take_payment={"status": StepStatus.DUE, "error": error("timeout")},
        award_points={"status": StepStatus.STUCK, "error": error("gone", "bank 7 is gone")},
    )
    assert failure_of(order_fulfilment(), found) == Failure("award_points", "gone", "bank 7 is gone", UNDO)


def test_a_failed_undo_is_another_trouble_than_a_failed_step():
    charge = state(take_payment={"status": StepStatus.PARKED, "error": error("unavailable", "no answer")})
    refund = state(take_payment={"status": StepStatus.STUCK, "error": error("unavailable", "no answer")})
    one, other = (failure_of(order_fulfilment(), each) for each in (charge, refund))
    assert one.fingerprint == "take_payment|unavailable|no answer", "as written by earlier versions"
    assert other.fingerprint == "undo:take_payment|unavailable|no answer"


@pytest.mark.parametrize("status", [status for status in StepStatus if status.working and status.direction is UNDO])
def test_an_undo_that_is_tried_again_names_the_failure_and_not_the_step_that_began_the_rollback(status):
    refund, found = error("unavailable", "no answer"), error("not-on-shelf", "gone")
    state_ = state(
        take_payment={"status": status, "error": refund}, package_order={"status": StepStatus.FAILED, "error": found}
    )
    assert failure_of(order_fulfilment(), state_) == Failure("take_payment", "unavailable", "no answer", UNDO)
    stuck = state_.with_step("take_payment", status=StepStatus.STUCK)
    assert severity(stuck.steps["take_payment"].status) < severity(status) < severity(StepStatus.FAILED)


def test_while_a_step_in_doubt_is_undone_its_own_error_is_not_taken_for_one_of_the_undo():
    failed = error("timed-out")
    found = state(take_payment={"status": StepStatus.UNDO_DUE, "failure": failed})
    assert failure_of(order_fulfilment(), found) is None
    assert (found.steps["take_payment"].do_error, found.steps["take_payment"].undo_error) == (failed, None)


def test_a_missing_reaction_is_a_failure_without_an_error():
    found = state(award_points={"status": StepStatus.WAITING, "missed_at": 5.0})
    assert failure_of(order_fulfilment(), found) == Failure("award_points", "missing", "")


def test_a_run_that_is_well_or_ended_well_has_none():
    assert failure_of(order_fulfilment(), state()) is None
    done = state(take_payment={"status": StepStatus.SKIPPED, "error": error("x")})
    assert failure_of(order_fulfilment(), replace(done, status=RunStatus.COMPLETED)) is None


def test_a_step_that_is_settled_is_no_trouble_whatever_went_wrong_before():
    found = state(
        place_order={"status": StepStatus.DONE, "started_at": 1.0},
        take_payment={"status": StepStatus.SKIPPED, "started_at": 2.0, "error": error("x")},
    )
    assert failure_of(order_fulfilment(), found) is None
    assert cause_of(order_fulfilment(), found) == ("", None)


def test_a_missing_reaction_is_no_cause_and_a_failed_attempt_is():
    waits = {"status": StepStatus.WAITING, "started_at": 1.0, "missed_at": 5.0}
    assert cause_of(order_fulfilment(), state(award_points=waits)) == ("", None)
    again = {"status": StepStatus.DUE, "started_at": 1.0, "error": error("x")}
    assert cause_of(order_fulfilment(), state(award_points=again)) == ("award_points", error("x"))


def test_what_began_a_rollback_is_its_failure_while_nothing_else_is_wrong():
    rollback = Rollback(code=RollbackCode.BUSINESS_ERROR, message="", began_at=1.0, step="pay", error=error("x", "y"))
    found = replace(state(), status=RunStatus.ROLLING_BACK, rollback=rollback)
    assert failure_of(order_fulfilment(), found) == Failure("pay", "x", "y")
    assert cause_of(order_fulfilment(), found) == ("pay", error("x", "y"))
    asked = replace(found, rollback=replace(rollback, code=RollbackCode.REQUESTED, step="", error=None))
    assert failure_of(order_fulfilment(), asked) is None


@pytest.mark.parametrize(
    "failure",
    [
        Failure("pay", "refused", "no money"),
        Failure("pay", "refused", "no money", UNDO),
        Failure("", "a/b", "a|b|c"),
        Failure("s", "c", ""),
    ],
)
def test_a_fingerprint_is_read_back(failure):
    assert read_failure(failure.fingerprint) == failure


def test_a_fingerprint_is_never_longer_than_its_column():
    assert len(Failure("s" * 64, "c" * 128, "m" * 2000).fingerprint) == LONGEST


def test_a_code_with_the_separator_cannot_move_the_parts():
    found = state(take_payment={"status": StepStatus.PARKED, "error": error("a|b", "c")})
    assert read_failure(failure_of(order_fulfilment(), found).fingerprint) == Failure("take_payment", "a/b", "c")


def test_a_step_that_may_get_on_by_itself_comes_after_every_trouble():
    troubles = [
        status for status in StepStatus if status.needs_person or status in (StepStatus.FAILED, StepStatus.IN_DOUBT)
    ]
    assert max(map(severity, troubles)) < severity(StepStatus.DUE) == severity(StepStatus.RUNNING)
