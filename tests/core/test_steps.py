"""The steps of a run are counted, and the open ones are known: those with work under way, or in trouble."""

from collections import Counter

import pytest

from sagaflow.core.definition.saga import Saga, Step, orchestrated
from sagaflow.core.run.draft import Draft
from sagaflow.core.run.reports import CancelRequested
from sagaflow.core.run.state import RunState, StepState, StepStatus
from sagaflow.core.run.steps import Steps, in_order, tally_of
from tests.core.world import DO, UNDO, World

pytestmark = pytest.mark.quick
SAGA = Saga("shop", orchestrated("main", Step("pay", "s.pay", undo="s.unpay"), Step("ship", "s.ship", undo="s.back")))
QUIET = {
    *(StepStatus.PENDING, StepStatus.DONE, StepStatus.SKIPPED, StepStatus.COMPENSATED, StepStatus.SEMANTICALLY_UNDONE),
    *(StepStatus.IRREVERSIBLE, StepStatus.NOTHING_TO_UNDO, StepStatus.UNDONE_BY_HAND, StepStatus.UNDO_SKIPPED),
}


@pytest.mark.parametrize("status", list(StepStatus))
def test_a_step_is_open_unless_nothing_is_under_way_and_nothing_wrong(status):
    state = RunState(seq=9, steps=Steps({"pay": StepState(status=status), "ship": StepState()}))
    assert in_order(SAGA, state) == ([] if status in QUIET else ["pay"])


def test_what_is_open_and_left_follows_a_run_forward_and_back():
    world = World(SAGA)
    seen = []

    def look() -> None:
        tally = tally_of(world.saga, world.state)
        now = Counter(step.status for step in world.state.steps.values())
        assert Counter(tally.counts) == now, "each status counts its steps"
        seen.append((in_order(world.saga, world.state), tally.left, tally.unsettled["main"]))

    look()
    world.finish(world.claim("pay", DO))
    look()
    world.finish(world.claim("ship", DO))
    look()
    assert seen == [(["pay"], 2, 2), (["ship"], 1, 1), ([], 0, 0)]
    back = World(SAGA)
    back.finish(back.claim("pay", DO))
    back.report(CancelRequested(by="ann", reason="because"))
    assert in_order(back.saga, back.state) == ["pay"]
    back.finish(back.claim("pay", UNDO))
    assert in_order(back.saga, back.state) == []


def test_steps_that_no_decision_has_left_are_looked_at_in_full():
    world = World(SAGA)
    assert not Draft(SAGA, world.state, 1.0).full
    assert not Steps(world.state.steps).looked
    assert Draft(SAGA, RunState.of(SAGA), 1.0).full
