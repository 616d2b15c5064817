"""Work without a worker begins to wait when it is due, and no earlier."""

import pytest

from sagaflow.core.definition.saga import Approval, Saga, Step, Timer, WaitForEvent, orchestrated
from sagaflow.core.run.decide import decide
from sagaflow.core.run.reports import RunRequested, TimePassed
from sagaflow.core.run.state import RunState, StepStatus

pytestmark = pytest.mark.quick


@pytest.mark.parametrize("does", [Timer(5.0), Approval("team"), WaitForEvent("Paid")])
def test_a_run_that_starts_later_begins_its_first_wait_then(does):
    saga = Saga("shop", orchestrated("main", Step("wait", does)))
    state = decide(saga, RunState.of(saga), RunRequested(input=None, not_before=110.0), 100.0).state
    assert (state.steps["wait"].status, state.steps["wait"].due_at) == (StepStatus.DUE, 110.0)
    assert decide(saga, state, TimePassed(), 109.9).state.steps["wait"].status is StepStatus.DUE
    decision = decide(saga, state, TimePassed(), 110.0)
    assert decision.entries[0].fact.token == 0, "no worker claimed it"
    waiting = decision.state.steps["wait"]
    assert waiting.status is StepStatus.WAITING
    assert waiting.deadline == (115.0 if isinstance(does, Timer) else None)
