"""The state of a run before anything has happened, and what it remembers of what did."""

from sagaflow.core.definition.saga import Saga, Step, orchestrated
from sagaflow.core.run import facts
from sagaflow.core.run.evolve import fold
from sagaflow.core.run.journal import Entry
from sagaflow.core.run.state import RunState, RunStatus, StepStatus

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
