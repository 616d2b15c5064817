"""Several ends in one decision: compensations wait, time out and fail in parallel, and each gets one row."""

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from sagaflow.core.definition.retry import RetryPolicy
from sagaflow.core.definition.saga import (
    AfterRollback,
    Compensation,
    Observer,
    OnUndoFailure,
    Recovery,
    Saga,
    Step,
    Style,
    WaitForEvent,
    orchestrated,
)
from sagaflow.core.run import facts
from sagaflow.core.run.commands import RecordRollback
from sagaflow.core.run.state import Direction, RunStatus, StepStatus
from sagaflow.core.simulation.injected_faults import InjectedFault
from tests.core.strategies import restyle
from tests.core.thoroughness import examples
from tests.core.world import World

DO, UNDO = Direction.DO, Direction.UNDO
ONCE = RetryPolicy(attempts=1)
STYLES = pytest.mark.parametrize("style", list(Style))
FAILURES = (InjectedFault.TECHNICAL_ERROR, InjectedFault.BUSINESS_ERROR, InjectedFault.TIME_OUT, InjectedFault.NONE)


@st.composite
def compensations_side_by_side(draw: st.DrawFn) -> tuple[Saga, dict, frozenset[str]]:
    """Parallel steps whose undo waits for an event or an answer, and one step that makes the run roll back."""
    names = [f"s{number}" for number in range(draw(st.integers(2, 5)))]
    policy = st.builds(RetryPolicy, attempts=st.integers(1, 2), delay=st.sampled_from((0.0, 5.0)), jitter=st.just(0.0))
    steps = []
    for name in names:
        undo = draw(st.sampled_from((f"a.un{name}", Compensation(does=WaitForEvent(f"{name}.TakenBack")))))
        failing = draw(st.sampled_from((OnUndoFailure.PARK, OnUndoFailure.PARK, OnUndoFailure.CONTINUE)))
        options = {"timeout": draw(st.sampled_from((5.0, 5.0, 60.0))), "undo_retry": draw(policy)}
        after = draw(st.sampled_from(((), (), tuple(names[: names.index(name)][:1]))))
        steps.append(Step(name, f"a.{name}", undo=undo, after=after, on_undo_failure=failing, **options))
    steps.append(Step("doomed", "b.doomed", after=tuple(names)))
    again = draw(st.sampled_from((AfterRollback(), AfterRollback(1, 5.0))))
    observer = Observer("seen", "c.note", ("SagaStuck",))
    forward = draw(st.booleans())
    options = {"savepoint": True, "recovery": Recovery.FORWARD, "forward_attempts": 2} if forward else {}
    saga = Saga("together", orchestrated("main", *steps, **options), after_rollback=again, observers=(observer,))
    script = {("doomed", DO): (InjectedFault.BUSINESS_ERROR,) * draw(st.integers(1, 3))}
    script |= {(name, UNDO): (draw(st.sampled_from(FAILURES)),) * 9 for name in names}
    slow = frozenset(draw(st.sets(st.sampled_from(names))))
    return restyle(saga, draw(st.sampled_from(list(Style)))), script, slow


@given(compensations_side_by_side(), st.integers(0, 2**32))
@examples(150)
def test_whatever_ends_together_is_written_once(drawn, seed):
    saga, script, slow = drawn
    note(f"seed {seed}, script {script}")
    world = World(saga, script, seed, withhold=frozenset(saga.steps), slow=slow)
    for _ in range(8):
        world.shake(10)
        world.pass_time(world.random.choice((5.0, 60.0, 600.0)))
    world.settle()


@STYLES
def test_two_waits_for_an_undo_that_run_out_at_once_leave_one_record_that_names_both(style) -> None:
    undo = [Compensation(does=WaitForEvent(f"{name}.TakenBack")) for name in "ab"]
    waits = [Step(name, f"s.{name}", undo=each, after=(), timeout=5.0) for name, each in zip("ab", undo, strict=True)]
    saga = restyle(Saga("two", orchestrated("m", *waits, Step("no", "s.no", after=("a", "b")))), style)
    world = World(saga, {("no", DO): (InjectedFault.BUSINESS_ERROR,)}, withhold=frozenset("ab"))
    world.settle()
    assert world.state.status is RunStatus.STUCK
    assert {world.state.steps[name].status for name in "ab"} == {StepStatus.STUCK}
    [record] = [command.record for command in world.commands if isinstance(command, RecordRollback)]
    assert [row["outcome"] for row in record["steps"] if row["step"] in "ab"] == ["stuck", "stuck"]
    parked = [entry.seq for entry in world.entries if isinstance(entry.fact, facts.StepParked)]
    assert [command.seq for command in world.commands if isinstance(command, RecordRollback)] == parked[-1:]
