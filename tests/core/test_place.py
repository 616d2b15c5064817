"""The place where a run stands, which lists show and search: the failure, else the first open step, else nothing."""

from dataclasses import replace

import pytest

from sagaflow.core.definition.saga import Saga, Step, orchestrated
from sagaflow.core.run.failure import Failure
from sagaflow.core.run.place import LONGEST_ERROR, Place, place_of
from sagaflow.core.run.state import Direction, RunState, RunStatus, StepStatus

SAGA = Saga("shop", (orchestrated("main", Step("pack", "s.pack"), Step("pay", "s.pay"), Step("ship", "s.ship")),))
OPEN = RunState.of(SAGA).with_step("pack", status=StepStatus.DONE)


@pytest.mark.parametrize("direction", Direction)
def test_a_run_with_a_failure_stands_there_with_code_and_message_in_one_case(direction):
    failure = Failure("pay", "Card-Refused", "The STRASSE is closed", direction)
    place = place_of(SAGA, OPEN.with_step("ship", status=StepStatus.RUNNING), failure)
    assert place == Place("pay", direction.value, "card-refused the strasse is closed")


def test_an_error_has_no_room_around_it_and_is_cut():
    assert place_of(SAGA, OPEN, Failure("pay", "late", "")).error == "late"
    long = place_of(SAGA, OPEN, Failure("pay", "late", "x" * 500)).error
    assert len(long) == LONGEST_ERROR
    assert long.startswith("late xxx")


@pytest.mark.parametrize("status", [status for status in RunStatus if status.ended])
def test_a_run_that_ended_without_a_failure_stands_nowhere(status):
    working = OPEN.with_step("pay", status=StepStatus.RUNNING)
    assert place_of(SAGA, replace(working, status=status), None) == Place("", "", "")


@pytest.mark.parametrize("status", [status for status in StepStatus if status.working or status.needs_person])
def test_an_open_run_stands_at_its_first_step_that_works_or_needs_a_person(status):
    state = OPEN.with_step("ship", status=StepStatus.RUNNING).with_step("pay", status=status)
    assert place_of(SAGA, state, None) == Place("pay", status.direction.value, "")


def test_an_open_run_in_which_no_step_is_under_way_stands_nowhere():
    assert place_of(SAGA, OPEN, None) == Place("", "", "")
