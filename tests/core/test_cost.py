"""A decision looks at as many steps in a long run as in a short one."""

import pytest

from sagaflow.core.definition.saga import Call, Compensation, Saga, Step, Timer, choreographed, orchestrated
from sagaflow.core.run import reports
from sagaflow.core.run.decide import decide
from sagaflow.core.run.queries import attention, claimable, due_services, wake_at
from sagaflow.core.run.snapshot import read_snapshot, write_snapshot
from sagaflow.core.run.state import Direction, RunState
from sagaflow.core.run.steps import Steps

pytestmark = pytest.mark.quick
DONE = 4


def looks(style, count, monkeypatch):
    """The number of step states that the fifth step's outcome and the next claim look at, questions included."""
    steps = (Step(f"s{number}", Call("a.do"), undo=Compensation(does=Call("a.undo"))) for number in range(count))
    saga = Saga("long", style("main", *steps))
    state = decide(saga, RunState.of(saga), reports.RunRequested(input=None), 1.0).state
    seen = []
    for number in range(DONE + 1):
        if number == DONE:
            monkeypatch.setattr(Steps, "__getitem__", lambda self, key: seen.append(1) or dict.__getitem__(self, key))
            monkeypatch.setattr(Steps, "values", lambda self: seen.extend(self) or dict.values(self))
            monkeypatch.setattr(Steps, "items", lambda self: seen.extend(self) or dict.items(self))
        state = step(saga, state, f"s{number}")
    monkeypatch.undo()
    assert state.steps["s4"].status == "done"
    return len(seen)


def step(saga, state, name):
    """A claim, its outcome, and what the shell asks of the core to save it."""
    ((claimed, _),) = claimable(saga, state, 1.0)
    assert claimed == name
    state = decide(saga, state, reports.StepClaimed(step=name, worker="w", lease=60.0), 1.0).state
    now = state.steps[name]
    place = {"step": name, "direction": Direction.DO, "attempt": now.attempt, "token": now.token}
    state = decide(saga, state, reports.StepSucceeded(**place, output={"ok": True}), 1.0).state
    write_snapshot(state)
    assert wake_at(saga, state) == 1.0
    assert due_services(saga, state, 1.0) == {"a"}
    assert attention(saga, state) is None
    return state


@pytest.mark.parametrize("style", [orchestrated, choreographed])
def test_a_step_looks_at_the_same_number_of_steps_however_many_there_are(style, monkeypatch):
    assert looks(style, 10, monkeypatch) == looks(style, 200, monkeypatch)


def test_of_a_run_that_waits_nothing_is_copied_when_time_passes(monkeypatch):
    saga = Saga("waits", orchestrated("main", Step("s0", Timer(60.0))))
    state = decide(saga, RunState.of(saga), reports.RunRequested(input=None), 1.0).state
    monkeypatch.setattr("sagaflow.core.run.decide.Draft", None)
    assert decide(saga, state, reports.TimePassed(), 60.9).state is state


def test_a_snapshot_is_read_as_it_was_written():
    saga = Saga("short", orchestrated("main", Step("s0", Call("a.do"))))
    state = decide(saga, RunState.of(saga), reports.RunRequested(input={"é": 1.5}), 1.0).state
    assert read_snapshot(write_snapshot(state)) == state
