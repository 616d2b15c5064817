"""A parent rolls its child back as a whole, unless nothing is left to roll back or the child is past its pivot."""

import pytest

from sagaflow.core.errors import Refused
from sagaflow.core.run import reports
from tests.core import stories
from tests.core.world import World

pytestmark = pytest.mark.quick
PARENT = reports.RollbackRequested(by="run 1", reason="the parent rolls back", parent=True)


def completed_past_its_pivot() -> World:
    run = stories.a_pivot_is_under_way()
    run.settle()
    return run


@pytest.mark.parametrize(
    ("act", "why"),
    [
        (stories.a_rolled_back_run_starts_again, "it is rolled back."),
        (stories.a_run_is_cancelled_while_it_rolls_back, "it is being cancelled already."),
        (completed_past_its_pivot, "it is completed."),
        (stories.a_run_that_passed_its_pivot_is_late, "the pivot 'a' took effect"),
        (stories.a_run_is_being_cancelled, "it is being cancelled already."),
        (stories.a_rollback_of_the_parent_takes_a_completed_run_back, "it is rolling back already."),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_a_parent_cannot_roll_back_what_has_ended_or_goes_back_for_good(act, why):
    with pytest.raises(Refused, match=f"Cannot roll back a run of 'shop': {why}"):
        act().report(PARENT)


@pytest.mark.parametrize(
    "act",
    [
        stories.two_orchestrated_segments_complete,
        stories.a_run_returns_to_its_save_point,
        stories.a_compensation_is_due_and_was_not_tried,
        stories.a_step_is_retrying_next_to_a_running_one,
    ],
    ids=lambda act: act.__name__,
)
def test_a_parent_rolls_back_what_is_completed_running_or_goes_back_by_itself(act):
    run = act()
    run.report(PARENT)
    assert run.state.rollback.code == "parent"
    assert run.state.rollback.savepoint is None
