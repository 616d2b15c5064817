"""The state of a run before anything has happened, and what it remembers of what did."""

import pytest

from sagaflow.core.definition.saga import Saga, Step, orchestrated
from sagaflow.core.run import facts
from sagaflow.core.run.evolve import fold
from sagaflow.core.run.journal import Entry
from sagaflow.core.run.state import RunState, RunStatus, StepState, StepStatus

SAGA = Saga("shop", orchestrated("main", Step("pay", "bank.pay")))


def test_before_its_start_a_run_has_done_nothing_and_holds_no_lease() -> None:
    state = RunState.of(SAGA)
    assert (state.status, state.seq, state.started_at, state.rollbacks) == (RunStatus.RUNNING, 0, 0.0, 0)
    step = state.steps["pay"]
    assert (step.status, step.token, step.attempts, step.deaths) == (StepStatus.PENDING, 0, 0, 0)


def test_eight_ids_of_events_are_remembered() -> None:
    journal = [facts.EventReceived(event="Paid", event_id=str(number)) for number in range(20)]
    state = fold(SAGA, [Entry(seq, 1.0, 0, fact) for seq, fact in enumerate(journal, 1)])
    assert state.seen == tuple(map(str, range(12, 20)))


BEGUN = {"attempt": 1, "started_at": 1.0}


@pytest.mark.parametrize(
    ("step", "tried"),
    [
        pytest.param({}, False, id="it has not begun"),
        pytest.param({"attempt": 1}, False, id="it is scheduled"),
        pytest.param(BEGUN, True, id="it has begun"),
        pytest.param({**BEGUN, "untouched": True}, False, id="no attempt can have taken effect"),
        pytest.param({**BEGUN, "attempt": 0}, False, id="a rollback withdrew it"),
        pytest.param({**BEGUN, "attempt": 0, "unknown": 1}, True, id="it was withdrawn after an unknown outcome"),
        pytest.param({"unknown": 1, "untouched": True}, True, id="the outcome of an earlier attempt is unknown"),
    ],
)
def test_a_step_was_tried_if_an_attempt_of_its_round_may_have_taken_effect(step, tried) -> None:
    assert StepState(**step).tried is tried
