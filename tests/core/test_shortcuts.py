"""A decision takes no shortcut that shows: what it does not look at would have recorded nothing."""

from hypothesis import given, note

from sagaflow.core.copied import copied
from sagaflow.core.definition.saga import Call, Saga, Step, orchestrated
from sagaflow.core.errors import Refused
from sagaflow.core.run.decide import decide
from sagaflow.core.run.queries import claimable
from sagaflow.core.run.reports import LeaseRenewed, RunRequested, StepClaimed, TimePassed
from sagaflow.core.run.state import RunState
from sagaflow.core.run.steps import Steps
from tests.core.strategies import saga_and_script
from tests.core.test_laws import EVERY_KIND, SEEDS, slow
from tests.core.thoroughness import examples
from tests.core.world import World


@given(saga_and_script(kinds=EVERY_KIND, with_timeouts=True), SEEDS)
@examples(100)
def test_at_every_point_a_decision_is_the_same_if_it_looks_at_all_steps(pair, seed):
    saga, script = pair
    note(f"seed {seed}, script {script}")
    world = World(saga, script, seed, slow=slow(saga, seed))
    for _ in range(40):
        for later in (0.0, 1.0, 1000.0):
            for report in reports(world, world.at + later):
                compare(world, report, world.at + later)
        if world.state.status.ended:
            break
        world.turn()


def reports(world, at):
    """The reports that a worker may make now without an outcome, and that time passes."""
    yield TimePassed()
    for name, direction in claimable(world.saga, world.state, at):
        yield StepClaimed(step=name, direction=direction, worker="w", lease=9.0)
    for name, step in world.state.steps.items():
        if step.status.is_leased and step.lease_until > at:
            attempt = {"direction": step.status.direction, "attempt": step.attempt, "token": step.token}
            yield LeaseRenewed(step=name, lease=9.0, **attempt)


def compare(world, report, at):
    """Decide on the state as a decision left it, and on the same state as no decision left it."""
    known = decided(world.saga, world.state, report, at)
    for steps in (dict(world.state.steps), Steps(dict(world.state.steps))):
        assert known == decided(world.saga, copied(world.state, steps=steps), report, at), report


def decided(saga, state, report, at):
    """The decision, or the words of the refusal."""
    try:
        return decide(saga, state, report, at)
    except Refused as error:
        return str(error)


def test_a_state_that_no_decision_left_is_looked_at_whole_when_a_worker_takes_a_step():
    saga = Saga("two", orchestrated("main", Step("a", Call("s.a")), Step("b", Call("s.b"), after=())))
    state = decide(saga, RunState.of(saga), RunRequested(input=None), 1.0).state
    before = copied(state, steps={**state.steps, "b": RunState.of(saga).steps["b"]})
    after = decide(saga, before, StepClaimed(step="a", worker="w", lease=9.0), 1.0).state
    assert (before.steps["b"].status, after.steps["b"].status) == ("pending", "due")
