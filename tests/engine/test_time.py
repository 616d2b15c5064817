"""A report arrives after its limit and before any sweeper: the run ends as if the sweeper had come first (L9)."""

import pytest

from sagaflow import Accepted, Refused, engine, registry, store
from sagaflow.core.definition.retry import RetryPolicy
from sagaflow.core.definition.saga import Approval, OnExhausted, Saga, Step, SubSaga, Timer, WaitForEvent, orchestrated
from sagaflow.core.run.state import Direction
from sagaflow.registry import Action
from sagaflow.store.runs import callbacks
from sagaflow.store.runs.callbacks import Callback
from sagaflow.testing import moving_clock
from tests.engine.conftest import BOTH, finish, kinds, status, sweep

pytestmark = pytest.mark.django_db(databases=BOTH)
HOUR = 3600.0
BACK = OnExhausted.ROLL_BACK
ONCE = RetryPolicy(attempts=1)
LATER = Action(name="late.later", does=lambda context: Accepted())


def saga(does, *, deadline=None, **options):
    return Saga("late", orchestrated("m", Step("x", does, **options)), deadline=deadline)


def event(run):
    return engine.publish("Late", run, {})


def approval(run):
    with pytest.raises(Refused):
        engine.approve(run, "x", approved=True, by="ann", reason="at last")


def answer(run):
    """Answer with a token that lives longer than the step's timeout, as an earlier version could have issued it."""
    now = engine.state(run)[1].steps["x"]
    bound = Callback(run_id=run, step="x", direction=Direction.DO, attempt=now.attempt, token=now.token)
    token = callbacks.open_callback(bound, timeout=None)
    with pytest.raises(Refused, match="no longer waits"):
        engine.answer(token, output={})


def skip(run):
    act = engine.operate(run, "skip", step="x", by="ann", reason="at last")
    assert act.outcome == "refused"


CASES = {
    "a wait that rolls back": (saga(WaitForEvent("Late"), timeout=60.0, on_exhausted=BACK), event, "rolled_back"),
    "a wait that parks": (saga(WaitForEvent("Late"), timeout=60.0), event, "completed"),
    "a deadline of the run": (saga(WaitForEvent("Late"), deadline=60.0), event, "rolled_back"),
    "an approval": (saga(Approval("managers"), timeout=60.0), approval, "parked"),
    "an approval that rolls back": (
        saga(Approval("managers"), timeout=60.0, on_exhausted=BACK),
        approval,
        "rolled_back",
    ),
    "a callback": (saga("late.later", timeout=60.0, retry=ONCE), answer, "parked"),
    "a verb": (saga(WaitForEvent("Late"), timeout=60.0, on_exhausted=BACK), skip, "rolled_back"),
}


@pytest.mark.parametrize("sweeper", ["before", "after"])
@pytest.mark.parametrize("case", CASES)
def test_the_end_is_the_same_whether_or_not_the_sweeper_was_there_first(case, sweeper):
    late, report, end = CASES[case]
    with registry.standing_in(late, LATER), moving_clock() as clock:
        run = engine.start("late", {})
        finish(run)
        clock.advance(HOUR)
        if sweeper == "before":
            sweep()
        report(run)
        sweep()
        assert status(run) == end


@pytest.mark.parametrize("seconds", [20.0, 90.0])
def test_the_end_of_a_sub_saga_counts_from_when_it_ended_and_not_from_when_it_is_heard_of(seconds):
    child = Saga("late_child", orchestrated("m", Step("pause", Timer(seconds))))
    parent = Saga("late", orchestrated("m", Step("x", SubSaga("late_child"), timeout=60.0, retry=ONCE)))
    with registry.standing_in(child, parent), moving_clock() as clock:
        run = engine.start("late", {})
        finish(run)
        [row] = store.runs(parent_id=run)
        clock.advance(seconds + 1)
        engine.wake(row.run_id)
        clock.advance(HOUR)
        finish(run)
        assert status(run) == ("completed" if seconds < 60 else "parked")
        assert kinds(run).count("StepFailed") == (seconds > 60)
